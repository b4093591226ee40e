import Model
import Numerics

/// `down(silu(gate x) · up x)`, or another activation: an expert, the shared experts, or a dense feed-forward layer.
struct GatedNetwork: Sendable {
  let gate: Linear  // [width, hidden]
  let up: Linear  // [width, hidden]
  let down: Linear  // [hidden, width]
  let activation: Activation

  var width: Int { gate.weight.rows }

  /// Writes the outputs of `input` `[n, hidden]` into `output` `[n, hidden]`, and what the down
  /// projection read into `intermediate` `[n, width]`, if someone wants it.
  func apply(
    _ input: Matrix, into output: Matrix, intermediate: Matrix?, scratch: Scratch,
    cancellation: Cancellation?
  ) throws {
    let gated = intermediate ?? scratch.matrix(rows: input.rows, columns: width)
    let raised = scratch.matrix(rows: input.rows, columns: width)
    try gated.setLinear(input, gate, cancellation: cancellation)
    try raised.setLinear(input, up, cancellation: cancellation)
    switch activation {
    case .silu: GatedActivation.apply(gate: gated, up: raised)
    case .clampedSwiGLU(let slope, let limit):
      GatedActivation.applyClamped(gate: gated, up: raised, slope: slope, limit: limit)
    }
    try output.setLinear(gated, down, cancellation: cancellation)
  }
}
