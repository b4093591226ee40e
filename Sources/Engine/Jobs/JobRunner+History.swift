import EngineProtocol
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
