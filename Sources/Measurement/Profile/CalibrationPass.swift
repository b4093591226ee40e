import Model
import Numerics
import Synchronization
import Transformer

/// Runs calibration texts through the untouched model and scores its parts.
public struct CalibrationPass: Sendable {
  private let model: LoadedModel
  private let windows: TokenWindows
  private let seed: UInt64
  private let version: String
  /// Tokens of a batch: activations of this many tokens are in memory at once.
  private static let batchTokens = 8192

  /// Prepares to run a sample of windows.
  ///
  /// - Parameters:
  ///   - model: the model
  ///   - windows: the sample
  ///   - seed: the sample's seed, for the record
  ///   - version: the version of Lathe, for the record
  public init(_ model: LoadedModel, windows: TokenWindows, seed: UInt64, version: String) {
    self.model = model
    self.windows = windows
    self.seed = seed
    self.version = version
  }

  /// Runs the pass.
  ///
  /// - Parameters:
  ///   - cancellation: checked once per block and expert
  ///   - progress: called from time to time with the tokens done, counted through all blocks
  /// - Returns: the scores.
  /// - Throws: `CancellationError`, or what the weights throw.
  public func run(
    cancellation: Cancellation? = nil,
    progress: @escaping @Sendable (_ stage: String, _ tokens: Int) -> Void = { _, _ in }
  ) throws -> Profile {
    let start = ContinuousClock.now
    let spec = model.spec
    progress("scoring weights", 0)
    let weights = try scoreWeights(cancellation)
    let done = Mutex((finished: 0, batch: 0))
    let observer = ScoreObserver(
      spec, domains: windows.domains.count, workers: model.workers
    ) { block in
      let (finished, batch) = done.withLock { $0 }
      progress("calibrating", finished + batch * (block + 1) / spec.blocks.count)
    }
    let pass = model.pass(Choices(spec))
    for round in windows.rounds(ofTokens: Self.batchTokens) {
      let batch = TokenBatch(round.map(\.ids))
      observer.begin(domains: round.flatMap { item in item.ids.map { _ in item.domain } })
      done.withLock { $0.batch = batch.count }
      _ = try pass.hiddenStates(of: batch, observer: observer, cancellation: cancellation)
      done.withLock { $0 = ($0.finished + batch.count, 0) }
    }
    return Profile(
      model: spec.fingerprint, data: windows.fingerprint, seed: seed, tokens: windows.tokens,
      domains: windows.domains.map { DomainTokens(name: $0.name, tokens: $0.tokens) },
      blocks: profiles(observer.blocks, weights), version: version,
      seconds: (ContinuousClock.now - start).seconds)
  }

  /// Scores every linear, keyed by its address.
  private func scoreWeights(_ cancellation: Cancellation?) throws -> [LinearID: WeightScores] {
    let spec = model.spec
    let model = model
    let scores = Mutex([LinearID: WeightScores]())
    for block in spec.blocks.indices {
      let linears = spec.linears(ofBlock: block)
      try model.workers.forEach(linears.count) { index in
        try cancellation?.check()
        let score = WeightScores(model.weight(.linear(linears[index])))
        scores.withLock { $0[linears[index]] = score }
      }
    }
    return scores.withLock { $0 }
  }

  private func profiles(
    _ sums: [ScoreObserver.BlockSums], _ weights: [LinearID: WeightScores]
  ) -> [BlockProfile] {
    let names = windows.domains.map(\.name)
    let spec = model.spec
    return sums.enumerated().map { index, block in
      func importance(_ cosine: Double) -> Double { 1 - cosine / Double(max(1, block.tokens)) }
      return BlockProfile(
        index: index, blockImportance: importance(block.blockCosine),
        moeImportance: importance(block.feedForwardCosine),
        attentionImportance: importance(block.attentionCosine),
        attentionOutliers: spec.blocks[index].attention.linears.map {
          weights[.attention(block: index, $0)]?.outlier ?? 0
        },
        experts: block.experts.indices.map { expert in
          let id = ExpertID(block: index, expert: expert)
          return ExpertProfile(
            index: expert, of: block.experts, tokens: block.tokens, domains: names,
            weights: FeedForwardLinear.allCases.compactMap { weights[.expert(id, $0)] })
        })
    }
  }
}
