import Model
import Numerics

extension ForwardPass {
  /// What an expert answers to normed inputs `[n, hidden]`, whether or not the router would ask it:
  /// its un-gated outputs, `[n, hidden]`.
  ///
  /// Runs on the calling thread where that is one of the workers. The block must have been prepared:
  /// it is once it has run.
  ///
  /// - Throws: What the weights throw, or `CancellationError`.
  public func outputs(
    of expert: ExpertID, for inputs: Matrix, cancellation: Cancellation? = nil
  ) throws -> Matrix {
    let linears = try linears(FeedForwardLinear.allCases.map { .expert(expert, $0) })
    let network = GatedNetwork(
      gate: linears[0], up: linears[1], down: linears[2],
      activation: spec.blocks[expert.block].moe?.activation ?? .silu)
    let outputs = scratch.matrix(rows: inputs.rows, columns: inputs.columns)
    let scratch = scratch
    try workers.forEachTile(of: inputs.rows, size: Self.tileRows(inputs.rows)) { rows in
      try network.apply(
        inputs.rows(rows), into: outputs.rows(rows), intermediate: nil, scratch: scratch,
        cancellation: cancellation)
    }
    return outputs
  }
}
