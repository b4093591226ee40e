import Model
import Numerics

/// Finds what changes cost: every one alone, then some together.
///
/// In order: the layers' sketches, every single change, sets of experts of each layer, and plans of
/// several kinds of changes. The sets and plans depend on what the single changes cost.
///
/// A propagated sweep measures only a sample of the single changes and sets with the whole model. Of
/// all others it finds how far they move the residual stream behind their block, in one pass of
/// the tokens through the untouched model, and carries that to the end by gains fitted to the sample.
public struct SensitivitySweep: Sendable {
  /// Runs one piece of work; may run it again where something more urgent stopped it.
  public typealias Step = ((Cancellation) throws -> Void) throws -> Void

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

  /// Probes and combinations of the whole sweep.
  public var count: Int { empty.count }

  /// About how many seconds it takes to measure everything, by a measurement of the untouched model.
  ///
  /// - Throws: `CancellationError`, or what the weights throw.
  public func estimatedSeconds(step: Step) throws -> Double {
    // What an earlier measurement left behind would make it too short.
    model.forgetStates()
    let original = try SweepRun.stopping(step) {
      try evaluator.evaluate(Plan(for: model.spec), withTasks: false, cancellation: $0)
    }
    return original.seconds * Double(count)
  }

  /// Finds what was not found yet.
  ///
  /// - Parameters:
  ///   - isPropagated: whether only a sample is measured
  ///   - known: what an interrupted sweep of the same sort, model and tokens found
  ///   - calibration: tokens for changes that look at activations
  ///   - cancellation: of the whole sweep
  ///   - step: runs one piece of work
  ///   - progress: called after every measurement, and after every block of a propagated sweep
  /// - Returns: what everything costs.
  /// - Throws: `CancellationError`, or what the weights throw.
  public func run(
    isPropagated: Bool = false, from known: Sensitivities? = nil,
    calibration: CalibrationSample? = nil, cancellation: Cancellation? = nil,
    step: @escaping Step, progress: @escaping (Sensitivities) throws -> Void = { _ in }
  ) throws -> Sensitivities {
    var start = known.flatMap { belongs($0, isPropagated) ? $0 : nil } ?? empty
    guard !start.isComplete else { return start }
    if start.sketches.isEmpty, !isPropagated {
      start.sketches = try LayerSketches(model, windows, seed: empty.seed).make(cancellation)
    }
    var run = try SweepRun(
      model, evaluator, calibration, from: start, step: step, progress: progress)
    if isPropagated {
      if start.propagated == 0 { try run.propagate(singles, windows) }
    } else {
      try run.measure(singles)
      var random = SeededGenerator(seed: empty.seed)
      try run.measure(
        Probe.together(
          model.spec, after: run.found.entries.prefix(singles.count), using: &random))
    }
    try run.measure(together: combinations(Array(run.found.entries.prefix(singles.count))))
    // Some sets of experts may have been what the model does not allow.
    run.found.count = run.found.done
    return run.found
  }

  /// Whether results can be gone on from.
  private func belongs(_ other: Sensitivities, _ isPropagated: Bool) -> Bool {
    other.model == empty.model && other.data == empty.data && other.seed == empty.seed
      && other.version == empty.version
      && (isPropagated || (other.pending == nil && other.propagated == 0))
  }
}
