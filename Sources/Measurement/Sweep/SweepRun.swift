import Model
import Numerics

/// A sweep under way: what it found so far, and how it measures.
struct SweepRun {
  let model: LoadedModel
  let evaluator: Evaluator
  let calibration: CalibrationSample?
  let step: SensitivitySweep.Step
  let progress: (Sensitivities) throws -> Void
  let unchanged: Plan
  let original: Evaluation
  var found: Sensitivities

  /// Goes on from what was found, after measuring the untouched model.
  init(
    _ model: LoadedModel, _ evaluator: Evaluator, _ calibration: CalibrationSample?,
    from found: Sensitivities, step: @escaping SensitivitySweep.Step,
    progress: @escaping (Sensitivities) throws -> Void
  ) throws {
    self.model = model
    self.evaluator = evaluator
    self.calibration = calibration
    self.step = step
    self.progress = progress
    self.found = found
    let unchanged = Plan(for: model.spec)
    self.unchanged = unchanged
    original = try Self.stopping(step) {
      try evaluator.evaluate(unchanged, withTasks: false, cancellation: $0)
    }
  }

  /// Does a piece of work that may be stopped and done again.
  static func stopping<Value>(
    _ step: SensitivitySweep.Step, _ work: (Cancellation) throws -> Value
  ) throws -> Value {
    var value: Value?
    try withoutActuallyEscaping(work) { work in try step { value = try work($0) } }
    guard let value else { throw CancellationError() }
    return value
  }

  /// What a plan costs.
  private func cost(_ plan: Plan) throws -> Evaluation {
    try Self.stopping(step) {
      try evaluator.evaluate(
        plan, calibration: calibration, withTasks: false, cancellation: $0)
    }
  }

  /// Measures the probes that were not measured yet.
  mutating func measure(_ probes: [Probe]) throws {
    let tried = Set(found.entries.map(\.probe))
    for probe in probes where !tried.contains(probe) {
      try timed { run in
        let cost = try run.cost(probe.plan(after: run.unchanged, of: run.model.spec))
        run.found.add(Sensitivity(probe: probe, cost, original: run.original))
      }
    }
  }

  /// Measures the plans behind those that were measured already.
  mutating func measure(together plans: [Plan]) throws {
    for plan in plans.dropFirst(found.combinations.count) {
      try timed { run in
        run.found.add(Combination(plan, try run.cost(plan), original: run.original))
      }
    }
  }

  /// Does something that finds something, and says so.
  mutating func timed(_ work: (inout SweepRun) throws -> Void) throws {
    let start = ContinuousClock.now
    try work(&self)
    found.seconds += (ContinuousClock.now - start).seconds
    try progress(found)
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
