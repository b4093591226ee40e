import EngineProtocol
import FoundationEssentials
import Measurement
import Model

extension JobRunner {
  /// Keeps a finished evaluation in the history.
  func record(
    _ evaluation: Evaluation, of plan: Plan, _ request: EvaluationRequest, _ name: String
  ) {
    // Both are at hand: the plan has just been measured with them.
    guard let spec = try? library.model(name).spec,
      let conditions = try? MeasuringConditions(request, data: evaluation.data, in: library)
    else { return }
    let run = HistoryRun(
      finished: HistoryStore.now, plan: PlanFile(plan, of: spec),
      bytes: spec.ledger(of: plan.choices).bytes, evaluation: evaluation,
      predicted: request.predicted, origin: request.origin ?? .person)
    history.record(
      run, conditions: conditions.fingerprint(withCalibration: plan.choices.needsCalibration))
  }
}

extension HistoryStore {
  /// Milliseconds since 1970.
  static var now: Int { Int((Date.now.timeIntervalSince1970 * 1000).rounded()) }

  /// What was measured before under the conditions of a request.
  ///
  /// - Throws: `CheckpointError`, `MeasurementError`, `EngineFailure` or `HistoryProblem`.
  func recall(_ call: RecallMeasurements, _ library: ModelLibrary) throws -> RecalledMeasurements {
    let evaluator = try library.evaluator(call.model, for: call.request)
    let conditions = try MeasuringConditions(call.request, data: evaluator.data, in: library)
    let runs = try recall(
      library.model(call.model).spec.fingerprint,
      conditions: [true, false].map { conditions.fingerprint(withCalibration: $0) },
      limit: call.limit)
    return RecalledMeasurements(runs: runs, now: Self.now)
  }
}

extension MeasuringConditions {
  /// The conditions of a request that this version of Lathe measures.
  fileprivate init(
    _ request: EvaluationRequest, data: Fingerprint, in library: ModelLibrary
  ) throws {
    let texts = try library.calibrationData(request.calibration ?? ProfileRequest()).fingerprint
    self.init(request, data: data, texts: texts, version: Version.current)
  }
}
