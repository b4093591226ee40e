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
}
