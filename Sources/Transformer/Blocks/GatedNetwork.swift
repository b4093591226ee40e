import Numerics

/// `down(silu(gate x) · up x)`: an expert, the shared experts, or a dense feed-forward layer.
struct GatedNetwork: Sendable {
  let gate: Matrix  // [width, hidden]
  let up: Matrix  // [width, hidden]
  let down: Matrix  // [hidden, width]

  var width: Int { gate.rows }

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
    GatedActivation.apply(gate: gated, up: raised)
    try output.setLinear(gated, down, cancellation: cancellation)
  }
}
