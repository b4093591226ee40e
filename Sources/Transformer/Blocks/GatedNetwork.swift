import Model
import Numerics

/// `down(silu(gate x) · up x)`, or another activation: an expert, the shared experts, or a dense feed-forward layer.
package struct GatedNetwork: Sendable {
  let gate: Linear  // [width, hidden]
  let up: Linear  // [width, hidden]
  let down: Linear  // [hidden, width]
  let activation: Activation

  package init(gate: Linear, up: Linear, down: Linear, activation: Activation) {
    self.gate = gate
    self.up = up
    self.down = down
    self.activation = activation
  }

  var width: Int { gate.weight.rows }

  /// Writes the outputs of `input` `[n, hidden]` into `output` `[n, hidden]`, and what the down
  /// projection read into `intermediate` `[n, width]`, if someone wants it.
  func apply(
    _ input: Matrix, into output: Matrix, intermediate: Matrix?, scratch: Scratch,
    cancellation: Cancellation?
  ) throws {
    let gated = intermediate ?? scratch.matrix(rows: input.rows, columns: width)
    let raised = scratch.matrix(rows: input.rows, columns: width)
    try setIntermediate(of: input, gated, raised, cancellation)
    try output.setLinear(gated, down, cancellation: cancellation)
  }

  /// What the down projection reads for `input` `[n, hidden]`: `[n, width]`.
  package func intermediate(of input: Matrix, cancellation: Cancellation? = nil) throws -> Matrix {
    let gated = Matrix(uninitialized: input.rows, width)
    let raised = Matrix(uninitialized: input.rows, width)
    try setIntermediate(of: input, gated, raised, cancellation)
    return gated
  }

  private func setIntermediate(
    of input: Matrix, _ gated: Matrix, _ raised: Matrix, _ cancellation: Cancellation?
  ) throws {
    try gated.setLinear(input, gate, cancellation: cancellation)
    try raised.setLinear(input, up, cancellation: cancellation)
    switch activation {
    case .silu: GatedActivation.apply(gate: gated, up: raised)
    case .clampedSwiGLU(let slope, let limit):
      GatedActivation.applyClamped(gate: gated, up: raised, slope: slope, limit: limit)
    }
  }
}
