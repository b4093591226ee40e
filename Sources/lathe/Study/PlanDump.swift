import EngineProtocol
import Model
import Search
import Workbench

/// A random plan with what was measured.
struct MeasuredPlan: Encodable {
  let edits: [String]
  let evaluation: Evaluation
}

enum PlanDump {
  static func run(_ count: Int, seed: UInt64, _ session: EngineSession) throws -> [MeasuredPlan] {
    let spec = try session.open("demo").spec
    let profile = try session.profile("demo")
    var source = RandomPlan(
      for: spec,
      worth: { id in profile.expert(id).map { $0.reap * $0.load } ?? 0 }, seed: seed)
    return try (0..<count).map { _ in
      let plan = source.next()
      let request = EvaluationRequest(plan: PlanFile(plan, of: spec))
      guard case .evaluation(let result) = try session.run(.evaluate(request), model: "demo") else {
        throw CommandFailure(.work, "study", "?")
      }
      try JSONOutput.print(
        MeasuredPlan(edits: plan.steps.map { $0.said.description }, evaluation: result))
      return MeasuredPlan(edits: plan.steps.map { $0.said.description }, evaluation: result)
    }
  }
}
