import Model
import Numerics

/// Tries every probe alone and measures what it costs.
public struct SensitivitySweep: Sendable {
  /// The model.
  private let model: LoadedModel
  private let evaluator: Evaluator
  private let probes: [Probe]
  private let empty: Sensitivities

  /// Prepares to try every probe on calibration windows.
  ///
  /// - Parameters:
  ///   - model: the model
  ///   - windows: the tokens that pass through it for every probe
  ///   - seed: of the choice of experts that go together
  ///   - version: of Lathe, for the result
  public init(_ model: LoadedModel, windows: TokenWindows, seed: UInt64, version: String) {
    self.model = model
    evaluator = Evaluator(model, tokenizer: nil, windows: windows, tasks: [], version: version)
    var random = SeededGenerator(seed: seed)
    probes = Probe.all(of: model.spec, using: &random)
    empty = Sensitivities(
      model: model.spec.fingerprint, data: windows.fingerprint, tokens: windows.tokens, seed: seed,
      domains: windows.domains.map(\.name), probes: probes.count, version: version)
  }

  /// Probes of the whole sweep.
  public var count: Int { probes.count }

  /// Tries what was not tried yet.
  ///
  /// - Parameters:
  ///   - known: what an interrupted sweep of the same model on the same tokens found
  ///   - calibration: tokens for probes that look at activations
  ///   - step: runs one measurement; may run it again where something more urgent stopped it
  ///   - progress: called after every probe
  /// - Returns: the cost of every probe.
  /// - Throws: `CancellationError`, or what the weights throw.
  public func run(
    from known: Sensitivities? = nil, calibration: CalibrationSample? = nil,
    step: ((Cancellation) throws -> Evaluation) throws -> Evaluation,
    progress: (Sensitivities) throws -> Void = { _ in }
  ) throws -> Sensitivities {
    var result = known.flatMap { belongs($0) ? $0 : nil } ?? empty
    let tried = Set(result.entries.map(\.probe))
    let unchanged = Plan(for: model.spec)
    var original: Evaluation?
    for probe in probes where !tried.contains(probe) {
      let start = ContinuousClock.now
      let before = try original ?? step { try measure(unchanged, nil, $0) }
      original = before
      let plan = try probe.plan(after: unchanged, of: model.spec)
      let after = try step { try measure(plan, calibration, $0) }
      result.add(
        Sensitivity(
          probe: probe, kl: after.overall.kl, klByDomain: after.domains.map(\.kl),
          lossRise: logarithm(after.overall.perplexity / before.overall.perplexity)))
      result.seconds += (ContinuousClock.now - start).seconds
      try progress(result)
    }
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
