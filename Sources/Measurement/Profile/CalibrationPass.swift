import Model
import Numerics
import Synchronization
import Transformer

/// Runs calibration texts through the untouched model and scores its parts.
///
/// Block by block, with as many tokens at once as the memory budget allows; after a block, all that
/// is known fits a `CalibrationState`, from which an interrupted pass goes on.
public struct CalibrationPass: Sendable {
  /// How far a pass is.
  public struct Progress: Sendable {
    /// Tokens done, counted through all blocks.
    public var tokens: Int
    /// The block that was finished last.
    public var block: Int
    /// Bytes of stored weights read so far.
    public var bytes: Int
  }

  private let model: LoadedModel
  private let windows: TokenWindows
  private let seed: UInt64
  private let version: String

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
  ///   - state: where an earlier run of the same pass stopped, or `nil` to start
  ///   - cancellation: checked once per block and expert
  ///   - save: called after every block with what is needed to go on from there
  ///   - progress: called after every block
  /// - Throws: `CancellationError`, or what the weights throw.
  /// - Returns: the scores.
  public func run(
    from state: CalibrationState? = nil, cancellation: Cancellation? = nil,
    save: (CalibrationState) -> Void = { _ in }, progress: (Progress) -> Void = { _ in }
  ) throws -> Profile {
    let start = ContinuousClock.now
    let spec = model.spec
    let observer = ScoreObserver(
      spec, domains: windows.domains.count, workers: model.workers)
    let rounds = windows.rounds(ofTokens: model.memory.tokens(spec))
    let state = state.flatMap { fits($0, rounds) ? $0 : nil }
    if let state { observer.blocks = state.sums.blocks }
    let pass = model.pass(Choices(spec))
    let bytes = spec.ledger(of: Choices(spec)).blockBytes
    var done = Progress(tokens: 0, block: 0, bytes: 0)
    for (index, round) in rounds.enumerated() where index >= state?.sums.round ?? 0 {
      let batch = TokenBatch(round.map(\.ids))
      observer.begin(domains: round.flatMap { item in item.ids.map { _ in item.domain } })
      let resumed = state.flatMap { $0.sums.round == index ? $0 : nil }
      var hidden = try resumed?.hidden ?? pass.embeddings(of: batch)
      for block in (resumed?.sums.block ?? 0)..<spec.blocks.count {
        try scoreWeights(ofBlock: block, into: observer, cancellation)
        hidden = try pass.run(
          blocks: block..<block + 1, from: hidden, of: batch, observer: observer,
          cancellation: cancellation)
        let before = rounds[..<index].joined().reduce(0) { $0 + $1.ids.count }
        done.tokens = before + batch.count * (block + 1) / spec.blocks.count
        done.block = block
        done.bytes += bytes[block]
        progress(done)
        save(
          CalibrationState(
            sums: .init(round: index, block: block + 1, blocks: observer.blocks), hidden: hidden))
      }
    }
    return Profile(
      model: spec.fingerprint, data: windows.fingerprint, seed: seed, tokens: windows.tokens,
      domains: windows.domains.map { DomainTokens(name: $0.name, tokens: $0.tokens) },
      blocks: profiles(observer.blocks), version: version,
      seconds: (ContinuousClock.now - start).seconds)
  }

  /// Whether a state belongs to a pass of this shape.
  private func fits(_ state: CalibrationState, _ rounds: [[TokenWindows.Item]]) -> Bool {
    guard rounds.indices.contains(state.sums.round) else { return false }
    let tokens = rounds[state.sums.round].reduce(0) { $0 + $1.ids.count }
    return state.hidden.rows == tokens && state.hidden.columns == model.spec.hidden
      && state.sums.blocks.map(\.experts.count) == model.spec.blocks.map(\.expertCount)
      && (0...model.spec.blocks.count).contains(state.sums.block)
  }

  /// Scores a block's linears, in the first round only.
  private func scoreWeights(
    ofBlock block: Int, into observer: ScoreObserver, _ cancellation: Cancellation?
  ) throws {
    guard observer.blocks[block].attentionWeights.isEmpty else { return }
    let model = model
    let linears = model.spec.linears(ofBlock: block)
    let scores = try model.workers.map(linears.count) { index in
      try cancellation?.check()
      return WeightScores(try model.weight(.linear(linears[index])))
    }
    var blocks = observer.blocks
    for (linear, score) in zip(linears, scores) {
      switch linear {
      case .attention: blocks[block].attentionWeights.append(score)
      case .expert(let id, _): blocks[block].experts[id.expert].weights.append(score)
      case .shared, .dense: continue
      }
    }
    observer.blocks = blocks
  }

  private func profiles(_ sums: [ScoreObserver.BlockSums]) -> [BlockProfile] {
    let names = windows.domains.map(\.name)
    return sums.enumerated().map { index, block in
      func importance(_ cosine: Double) -> Double { 1 - cosine / Double(max(1, block.tokens)) }
      return BlockProfile(
        index: index, blockImportance: importance(block.blockCosine),
        moeImportance: importance(block.feedForwardCosine),
        attentionImportance: importance(block.attentionCosine),
        attentionOutliers: block.attentionWeights.map(\.outlier),
        experts: block.experts.indices.map { expert in
          ExpertProfile(index: expert, of: block.experts, tokens: block.tokens, domains: names)
        })
    }
  }
}
