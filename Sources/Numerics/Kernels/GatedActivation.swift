/// The activation between an expert's projections: `silu(gate) · up`, `silu(x) = x / (1 + exp(-x))`.
public enum GatedActivation {
  /// Writes `silu(gate) · up` over `gate`; both are `[width]`.
  public static func apply(gate: inout MutableSpan<Float>, up: Span<Float>) {
    precondition(gate.count == up.count, "widths differ")
    let whole = gate.wholeLanes
    for index in stride(from: 0, to: whole, by: laneCount) {
      gate.setLanes(gated(gate.lanes(at: index), up.lanes(at: index)), at: index)
    }
    guard whole < gate.count else { return }
    let tail = gated(gate.tail(at: whole, filler: 0), up.tail(at: whole, filler: 0))
    gate.setTail(tail, at: whole)
  }

  /// Writes `silu(gate) · up` over `gate`, both `[rows, width]`.
  public static func apply(gate: Matrix, up: Matrix) {
    precondition(gate.rows == up.rows, "shapes do not fit")
    for index in 0..<gate.rows {
      var row = gate.mutableRow(index)
      apply(gate: &row, up: up.row(index))
    }
  }

  @inline(__always)
  private static func gated(_ gate: Lanes, _ up: Lanes) -> Lanes {
    // Beyond -88 the result is 0 to within 1e-36.
    let negated = 0 - gate
    return gate / (1 + exponential(negated.smaller(Lanes(repeating: 88)))) * up
  }

  /// Writes `(up + 1) · gate · sigmoid(slope · gate)` over `gate`, both `[rows, width]`, with gate at
  /// most `limit` and up within `-limit ... limit` (gpt-oss).
  public static func applyClamped(gate: Matrix, up: Matrix, slope: Float, limit: Float) {
    precondition(gate.rows == up.rows && gate.columns == up.columns, "shapes do not fit")
    let limits = (Lanes(repeating: -limit), Lanes(repeating: limit))
    for index in 0..<gate.rows {
      var row = gate.mutableRow(index)
      let up = up.row(index)
      let whole = row.wholeLanes
      for start in stride(from: 0, to: whole, by: laneCount) {
        row.setLanes(clamped(row.lanes(at: start), up.lanes(at: start), slope, limits), at: start)
      }
      guard whole < row.count else { continue }
      let tail = clamped(
        row.tail(at: whole, filler: 0), up.tail(at: whole, filler: 0), slope, limits)
      row.setTail(tail, at: whole)
    }
  }

  @inline(__always)
  private static func clamped(
    _ gate: Lanes, _ up: Lanes, _ slope: Float, _ limits: (low: Lanes, high: Lanes)
  ) -> Lanes {
    let gate = gate.smaller(limits.high)
    let up = up.smaller(limits.high).larger(limits.low)
    let power = exponential((0 - gate * slope).smaller(Lanes(repeating: 88)))
    return (up + 1) * (gate / (1 + power))
  }
}
