import Model
import Numerics
import Transformer

/// Looks for experts of each MoE layer that can become one, on a sample of tokens that every expert
/// sees.
public struct MergeSearch: Sendable {
  private let model: LoadedModel
  private let samples: MoELayerSamples

  /// Prepares to compare the experts of every MoE layer on as many tokens of `windows` as fit.
  public init(_ model: LoadedModel, windows: TokenWindows) {
    self.model = model
    // Outputs of one expert for each worker.
    let bytes = model.spec.hidden * MemoryLayout<Float>.stride * model.workers.count
    samples = MoELayerSamples(
      model, windows, tokens: min(windows.tokens, model.memory.waves / max(1, bytes)))
  }

  /// Tokens that the experts are compared on.
  public var tokens: Int { samples.batch.count }

  /// Calls `body` with every MoE layer's comparison, in order.
  ///
  /// - Throws: what the weights or `body` throw, or `CancellationError`.
  public func forEach(
    cancellation: Cancellation? = nil, _ body: (ExpertSimilarity) throws -> Void
  ) throws {
    try samples.forEach(cancellation: cancellation) { sample, pass in
      try body(
        ExpertSimilarity(
          sample, pass, router: model.weight(.router(block: sample.block)),
          cancellation: cancellation))
    }
  }

  /// The groups of every layer that has more than `count` experts, so that `count` are left.
  ///
  /// - Throws: `TrimError` where that changes nothing, what the weights throw, or `CancellationError`.
  public func groups(
    _ grouping: MergeGrouping, count: Int, cancellation: Cancellation? = nil,
    progress: (_ layers: Int) -> Void = { _ in }
  ) throws -> [MergeProposal.Layer] {
    guard count >= 1, count < model.spec.maximumExperts else {
      throw TrimError.mergesNothing(kept: count, experts: model.spec.maximumExperts)
    }
    var layers: [MergeProposal.Layer] = []
    var done = 0
    try forEach(cancellation: cancellation) { similarity in
      if similarity.loads.count > count {
        layers.append(
          MergeProposal.Layer(
            block: similarity.block, groups: try similarity.groups(grouping, count: count)))
      }
      done += 1
      progress(done)
    }
    return layers
  }
}
