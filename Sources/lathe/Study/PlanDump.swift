import EngineProtocol
import FoundationEssentials
import Model
import Search
import Workbench

/// A random plan with what was measured.
struct MeasuredPlan: Codable {
  let edits: [String]
  let evaluation: Evaluation
}

enum PlanDump {
  static func run(_ file: String, _ session: EngineSession) throws {
    let spec = try session.open("demo").spec
    let profile = try session.profile("demo")
    let data = try JSONDecoder().decode(
      [MeasuredPlan].self, from: Data(contentsOf: URL(filePath: file)))
    let found = try session.sensitivities("demo")
    var predictor = Predictor(profile: profile)
    predictor.learn(found, of: spec)
    guard
      case .evaluation(let original) = try session.run(
        .evaluate(EvaluationRequest()), model: "demo")
    else { return }
    predictor.observe(original, of: Plan(for: spec))
    var fromSweep = predictor
    var learning = predictor
    for d in data {
      var plan = Plan(for: spec)
      for e in d.edits { try plan.apply(Edit(parsing: e), spec: spec, profile: nil) }
      let a = fromSweep.predict(plan), b = learning.predict(plan)
      learning.observe(d.evaluation, of: plan)
      guard let a, let b else { continue }
      print(
        d.evaluation.overall.kl, a.kl, a.sigma / a.kl, a.interval.low, a.interval.high, b.kl,
        b.sigma / b.kl, b.interval.low, b.interval.high, d.evaluation.overall.perplexity,
        b.perplexity, b.perplexitySigma, d.evaluation.tasks[0].accuracy,
        b.tasks.first?.accuracy ?? -1, b.tasks.first?.sigma ?? -1, plan.digest)
    }
  }
}
