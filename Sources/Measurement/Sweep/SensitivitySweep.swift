import Model
import Numerics

/// Measures what changes cost: every one alone, then some together.
///
/// In order: the layers' sketches, every single change, sets of experts of each layer, and plans of
/// several kinds of changes. The sets and plans depend on what the single changes cost.
public struct SensitivitySweep: Sendable {
  /// Runs one measurement; may run it again where something more urgent stopped it.
  public typealias Step = ((Cancellation) throws -> Evaluation) throws -> Evaluation

  private let model: LoadedModel
  private let windows: TokenWindows
  private let evaluator: Evaluator
  private let singles: [Probe]
  private let combinations: @Sendable (_ found: [Sensitivity]) -> [Plan]
  private let empty: Sensitivities

  /// Prepares to measure on calibration windows.
  ///
  /// - Parameters:
  ///   - model: the model
  ///   - windows: the tokens that pass through it for every measurement
  ///   - seed: of the choice of experts that go together
  ///   - combinationCount: how many plans `combinations` gives
  ///   - combinations: plans of several changes, once it is known what each costs alone
  ///   - version: of Lathe, for the result
  public init(
    _ model: LoadedModel, windows: TokenWindows, seed: UInt64, combinationCount: Int,
    combinations: @escaping @Sendable (_ found: [Sensitivity]) -> [Plan], version: String
  ) {
    self.model = model
    self.windows = windows
    self.combinations = combinations
    evaluator = Evaluator(model, tokenizer: nil, windows: windows, tasks: [], version: version)
    singles = Probe.all(of: model.spec)
    let count = singles.count + Probe.togetherCount(model.spec) + combinationCount
    empty = Sensitivities(
      model: model.spec.fingerprint, data: windows.fingerprint, tokens: windows.tokens, seed: seed,
      domains: windows.domains.map(\.name), count: count, version: version)
  }

  /// Measurements of the whole sweep.
  public var count: Int { empty.count }

  /// Measures what was not measured yet.
  ///
  /// - Parameters:
  ///   - known: what an interrupted sweep of the same model on the same tokens found
  ///   - calibration: tokens for changes that look at activations
  ///   - cancellation: of the whole sweep
  ///   - step: runs one measurement
  ///   - progress: called after every measurement
  /// - Returns: what everything costs.
  /// - Throws: `CancellationError`, or what the weights throw.
  public func run(
    from known: Sensitivities? = nil, calibration: CalibrationSample? = nil,
    cancellation: Cancellation? = nil, step: Step,
    progress: (Sensitivities) throws -> Void = { _ in }
  ) throws -> Sensitivities {
    var result = known.flatMap { belongs($0) ? $0 : nil } ?? empty
    guard !result.isComplete else { return result }
    if result.sketches.isEmpty {
      result.sketches = try LayerSketches(model, windows, seed: empty.seed).make(cancellation)
    }
    let unchanged = Plan(for: model.spec)
    let original = try step { try measure(unchanged, nil, $0) }
    func cost(_ plan: Plan) throws -> Evaluation { try step { try measure(plan, calibration, $0) } }
    func note(_ start: ContinuousClock.Instant) throws {
      result.seconds += (ContinuousClock.now - start).seconds
      try progress(result)
    }
    func tryProbes(_ probes: [Probe]) throws {
      let tried = Set(result.entries.map(\.probe))
      for probe in probes where !tried.contains(probe) {
        let start = ContinuousClock.now
        let found = try cost(probe.plan(after: unchanged, of: model.spec))
        result.add(Sensitivity(probe: probe, found, original: original))
        try note(start)
      }
    }
    try tryProbes(singles)
    var random = SeededGenerator(seed: empty.seed)
    try tryProbes(
      Probe.together(model.spec, after: result.entries.prefix(singles.count), using: &random))
    let plans = combinations(Array(result.entries.prefix(singles.count)))
    for plan in plans.dropFirst(result.combinations.count) {
      let start = ContinuousClock.now
      result.add(Combination(plan, try cost(plan), original: original))
      try note(start)
    }
    // Some sets of experts may have been what the model does not allow.
    result.count = result.done
    return result
  }

  private func measure(
    _ plan: Plan, _ calibration: CalibrationSample?, _ cancellation: Cancellation
  ) throws -> Evaluation {
    try evaluator.evaluate(
      plan, calibration: calibration, withTasks: false, cancellation: cancellation)
  }

  /// Whether results can be gone on from.
  private func belongs(_ other: Sensitivities) -> Bool {
    other.model == empty.model && other.data == empty.data && other.seed == empty.seed
      && other.version == empty.version
  }
}

extension Sensitivity {
  fileprivate init(probe: Probe, _ found: Evaluation, original: Evaluation) {
    self.init(
      probe: probe, kl: found.overall.kl, klByDomain: found.domains.map(\.kl),
      lossRise: found.lossRise(from: original))
  }
}

extension Combination {
  fileprivate init(_ plan: Plan, _ found: Evaluation, original: Evaluation) {
    self.init(
      edits: plan.steps.map(\.resolved.description), kl: found.overall.kl,
      klByDomain: found.domains.map(\.kl), lossRise: found.lossRise(from: original))
  }
}

extension Evaluation {
  /// Rise of the mean negative log-likelihood, nats.
  fileprivate func lossRise(from original: Evaluation) -> Double {
    logarithm(overall.perplexity / original.overall.perplexity)
  }
}
