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
    try outputs(of: .expert(expert), for: inputs, cancellation: cancellation)
  }

  /// The same of any network of a feed-forward half; the gate of shared experts is not applied.
  ///
  /// - Throws: What the weights throw, or `CancellationError`.
  public func outputs(
    of network: NetworkID, for inputs: Matrix, cancellation: Cancellation? = nil
  ) throws -> Matrix {
    let linears = try linears(FeedForwardLinear.allCases.map(network.linear))
    var activation = Activation.silu
    if case .expert(let id) = network {
      activation = spec.blocks[id.block].moe?.activation ?? .silu
    }
    let gated = GatedNetwork(
      gate: linears[0], up: linears[1], down: linears[2], activation: activation)
    let outputs = scratch.matrix(rows: inputs.rows, columns: inputs.columns)
    let scratch = scratch
    try workers.forEachTile(of: inputs.rows, size: Self.tileRows(inputs.rows)) { rows in
      try gated.apply(
        inputs.rows(rows), into: outputs.rows(rows), intermediate: nil, scratch: scratch,
        cancellation: cancellation)
    }
    return outputs
  }

  /// What the outputs of shared experts are multiplied with for each of the normed inputs `[n, hidden]`;
  /// 1 where they have no gate.
  ///
  /// - Throws: What the weights throw.
  public func sharedGates(ofBlock block: Int, for inputs: Matrix) throws -> [Float] {
    guard spec.blocks[block].moe?.shared?.isGated == true else {
      return Array(repeating: 1, count: inputs.rows)
    }
    let gate = try weights.weight(.sharedGate(block: block))
    return (0..<inputs.rows).map { Routing.sigmoid(dot(inputs.row($0), gate.row(0))) }
  }
}
