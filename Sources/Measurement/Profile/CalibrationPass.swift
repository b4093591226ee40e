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
    let groups = WindowGroups(windows)
    let observer = ScoreObserver(spec, groups: groups.count, workers: model.workers)
    var sample = BoundarySample(spec, tokens: windows.tokens)
    let rounds = windows.rounds(ofTokens: model.memory.tokens(spec))
    let state = state.flatMap { fits($0, rounds, observer.blocks) ? $0 : nil }
    if let state {
      observer.blocks = state.sums.blocks
      sample.sums = state.sums.boundaries
    }
    let pass = model.originalPass
    let bytes = spec.ledger(of: Choices(spec)).blockBytes
    var (before, read) = (0, 0)
    for (index, round) in rounds.enumerated() {
      let batch = TokenBatch(round.map(\.ids))
      defer { before += batch.count }
      guard index >= state?.sums.round ?? 0 else { continue }
      observer.begin(
        groups: round.flatMap { Array(repeating: groups.group(of: $0), count: $0.ids.count) })
      sample.begin(before..<before + batch.count)
      let resumed = state.flatMap { $0.sums.round == index ? $0 : nil }
      if let resumed { sample.resume(resumed.sample) }
      var hidden = try resumed?.hidden ?? pass.embeddings(of: batch)
      if resumed == nil { sample.add(hidden, workers: model.workers) }
      for block in (resumed?.sums.block ?? 0)..<spec.blocks.count {
        try scoreWeights(ofBlock: block, into: observer, cancellation)
        hidden = try pass.run(
          blocks: block..<block + 1, from: hidden, of: batch, observer: observer,
          cancellation: cancellation)
        sample.add(hidden, workers: model.workers)
        read += bytes[block]
        progress(
          Progress(
            tokens: before + batch.count * (block + 1) / spec.blocks.count, block: block,
            bytes: read))
        save(
          CalibrationState(
            sums: .init(
              round: index, block: block + 1, blocks: observer.blocks, boundaries: sample.sums),
            hidden: hidden, sample: sample.kept))
      }
    }
    return Profile(
      model: spec.fingerprint, data: windows.fingerprint, seed: seed, tokens: windows.tokens,
      domains: windows.domains.map { DomainTokens(name: $0.name, tokens: $0.tokens) },
      blocks: profiles(observer.blocks, groups), windows: sample.importances, version: version,
      seconds: (ContinuousClock.now - start).seconds)
  }

  /// Whether a state belongs to a pass of this shape.
  private func fits(
    _ state: CalibrationState, _ rounds: [[TokenWindows.Item]], _ blocks: [BlockSums]
  ) -> Bool {
    guard rounds.indices.contains(state.sums.round),
      (0...blocks.count).contains(state.sums.block),
      state.sums.blocks.count == blocks.count,
      zip(state.sums.blocks, blocks).allSatisfy({ $0.fits($1) }),
      (state.sample + [state.hidden]).allSatisfy({ $0.columns == model.spec.hidden })
    else { return false }
    let tokens = rounds.map { $0.reduce(0) { $0 + $1.ids.count } }
    let first = tokens[..<state.sums.round].reduce(0, +)
    var sample = BoundarySample(model.spec, tokens: windows.tokens)
    sample.begin(first..<first + tokens[state.sums.round])
    // Behind the last block nothing is kept.
    let boundaries = state.sums.block == blocks.count ? 0 : state.sums.block + 1
    return state.hidden.rows == tokens[state.sums.round]
      && state.sample.reduce(0) { $0 + $1.rows } == sample.keptRows(boundaries: boundaries)
      && state.sums.boundaries.cosines.map(\.count) == sample.sums.cosines.map(\.count)
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
      case .expert(let id, _): blocks[block].expertWeights[id.expert].append(score)
      case .shared, .dense: continue
      }
    }
    observer.blocks = blocks
  }

  private func profiles(_ sums: [BlockSums], _ groups: WindowGroups) -> [BlockProfile] {
    let scores = ProfileScores(
      domains: windows.domains.map(\.name), groups: groups,
      bootstrap: Bootstrap(groups, seed: seed))
    return model.workers.map(sums.count) { scores.block($0, sums[$0]) }
  }
}
