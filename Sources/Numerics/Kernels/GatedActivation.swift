internal import CVectors

/// The activation between an expert's projections: `silu(gate) · up`, `silu(x) = x / (1 + exp(-x))`.
public enum GatedActivation {
  /// Writes `silu(gate) · up` over `gate`; both are `[width]`.
  public static func apply(gate: inout MutableSpan<Float>, up: Span<Float>) {
    // Both hold `count` elements, checked in `withElements`.
    unsafe withElements(&gate, up) { gate, up, count in
      unsafe lathe_gate(gate, up, count)
    }
  }

  /// Writes `silu(gate) · up` over `gate`, both `[rows, width]`.
  public static func apply(gate: Matrix, up: Matrix) {
    precondition(gate.rows == up.rows, "shapes do not fit")
    for index in 0..<gate.rows {
      var row = gate.mutableRow(index)
      apply(gate: &row, up: up.row(index))
    }
  }

  /// Writes `(up + 1) · gate · sigmoid(slope · gate)` over `gate`, both `[rows, width]`, with gate at
  /// most `limit` and up within `-limit ... limit` (gpt-oss).
  public static func applyClamped(gate: Matrix, up: Matrix, slope: Float, limit: Float) {
    precondition(gate.rows == up.rows, "shapes do not fit")
    for index in 0..<gate.rows {
      var row = gate.mutableRow(index)
      // Both hold `count` elements, checked in `withElements`.
      unsafe withElements(&row, up.row(index)) { gate, up, count in
        unsafe lathe_gate_clamped(gate, up, count, slope, limit)
      }
    }
  }

  @inline(__always)
  private static func withElements(
    _ gate: inout MutableSpan<Float>, _ up: Span<Float>,
    _ body: (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
  ) {
    precondition(gate.count == up.count, "widths differ")
    unsafe gate.withUnsafeMutableBufferPointer { gate in
      unsafe up.withUnsafeBufferPointer { up in
        guard let first = gate.baseAddress, let second = up.baseAddress else {
          return
        }
        unsafe body(first, second, gate.count)
      }
    }
  }
}
