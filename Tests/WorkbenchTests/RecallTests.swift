import EngineProtocol
import Model
import Testing

@testable import Workbench

/// What the workbench makes of measurements of earlier sessions.
@Suite struct RecallTests {
  private static let hour = 3_600_000
  /// The engine's clock when it answers.
  private static let engineNow = 1_700_000_000_000

  /// A measurement of the plan that the edits come to.
  private func run(
    _ edits: String..., damage: Double = 0, hoursAgo: Int = 1, of spec: ModelSpec = Sample.spec()
  ) throws -> HistoryRun {
    var plan = Plan(for: spec)
    for edit in edits { try plan.apply(Edit(parsing: edit), spec: spec, profile: nil) }
    return HistoryRun(
      finished: Self.engineNow - hoursAgo * Self.hour, plan: PlanFile(plan, of: spec), bytes: 1,
      evaluation: Sample.evaluation(spec, plan: plan.digest, damage: damage))
  }

  private func bench(knowing runs: HistoryRun...) -> Bench {
    var bench = Bench()
    bench.open(knowing: RecalledMeasurements(runs: runs, now: Self.engineNow))
    return bench
  }

  @Test func `a model that was measured before shows its figures at once and is not measured`()
    throws
  {
    var bench = bench(knowing: try run(hoursAgo: 3))
    #expect(bench.text().contains("19.24"))
    #expect(bench.text().contains("3 h ago"))
    bench.finishProfile()
    bench.wait(milliseconds: 5000)
    #expect(bench.evaluationRequests.isEmpty)
  }

  @Test func `going back to a plan of an earlier session shows its figures and their age`() throws {
    var bench = bench(
      knowing: try run(), try run("drop experts 0.0", damage: 0.02, hoursAgo: 24 * 3))
    bench.finishProfile()
    bench.press("<space>")
    #expect(bench.text().contains("KL 0.0200"))
    #expect(bench.text().contains("3 days ago"))
    bench.wait(milliseconds: 2000)
    #expect(bench.evaluationRequests.isEmpty)
    bench.press("e")
    #expect(bench.evaluationRequests.count == 1)
    bench.finishEvaluation(damage: 0.03)
    #expect(bench.text().contains("KL 0.0300"))
    #expect(bench.text().contains("just now"))
  }

  @Test func `predictions learn from earlier sessions, whether the profile comes before or after`()
    throws
  {
    let runs = [
      try run(), try run("drop experts 0.0", damage: 0.02),
      try run("drop experts 0.0, 0.1", damage: 0.05),
    ]
    let known = RecalledMeasurements(runs: runs, now: Self.engineNow)
    var after = bench(knowing: runs[0], runs[1], runs[2])
    after.finishProfile()
    var before = Bench()
    before.send(.described(Sample.engine))
    before.send(.opened(OpenedModel(spec: before.spec, hasWeights: true)))
    before.finishProfile()
    before.send(.recalled(known))
    for key in ["j", "<space>"] {
      after.press(key)
      before.press(key)
    }
    let prediction = try #require(after.state.session?.prediction)
    #expect(prediction.measurements == 2 && prediction == before.state.session?.prediction)
  }

  @Test func `nothing is measured before the engine has said what is known`() {
    var bench = Bench()
    bench.send(.described(Sample.engine))
    bench.send(.opened(OpenedModel(spec: bench.spec, hasWeights: true)))
    #expect(bench.effects.contains(.recall(EvaluationRequest())))
    bench.finishProfile()
    #expect(bench.evaluationRequests.isEmpty)
    bench.send(.recalled(RecalledMeasurements()))
    #expect(bench.evaluationRequests.count == 1)
  }

  @Test func `a new engine is asked again only if the old one gave no answer`() {
    var bench = Bench()
    bench.send(.described(Sample.engine))
    let opened = EngineEvent.opened(OpenedModel(spec: bench.spec, hasWeights: true))
    bench.send(opened)
    for expected in [2, 2] {
      bench.send(.exited(reason: "signal 9"), .described(Sample.engine), opened)
      #expect(bench.effects.count { $0 == .recall(EvaluationRequest()) } == expected)
      bench.send(.recalled(RecalledMeasurements()))
    }
  }

  @Test func `figures of this session are newer than what is recalled`() throws {
    var bench = Bench.ready()
    bench.press("<space>")
    bench.measure(damage: 0.02)
    let older = try run("drop experts 0.0", damage: 0.5)
    bench.send(.recalled(RecalledMeasurements(runs: [older], now: Self.engineNow)))
    #expect(bench.text().contains("KL 0.0200"))
  }

  @Test func `a run that is not of this model or not of the plan it names is left out`() throws {
    var foreign = try run("drop experts 0.0", damage: 0.02, of: Sample.spec(name: "other"))
    foreign.evaluation.plan = try run("drop experts 0.0").evaluation.plan
    var changed = try run("drop experts 0.0", damage: 0.03)
    changed.evaluation.plan = Fingerprint(of: "another version's digest")
    var bench = bench(knowing: try run(), foreign, changed)
    bench.finishProfile()
    bench.press("<space>")
    #expect(bench.text().contains("stale"))
    bench.wait(milliseconds: 500)
    #expect(bench.evaluationRequests.count == 1)
  }

  @Test func `a run that seems to come from the future is new`() throws {
    let bench = bench(knowing: try run(hoursAgo: -5))
    #expect(bench.text().contains("just now"))
  }

  @Test func `the prediction beside a plan goes with the request to measure it`() throws {
    var bench = bench(
      knowing: try run(), try run("drop experts 0.0", damage: 0.02),
      try run("drop experts 1.0", damage: 0.03))
    bench.finishProfile()
    bench.press("<space>j<space>")
    bench.wait(milliseconds: 500)
    let prediction = try #require(bench.state.session?.prediction)
    #expect(
      bench.evaluationRequests.last?.predicted
        == PredictedKL(kl: prediction.kl, sigma: prediction.sigma))
  }

  @Test func `what the engine has to say is said`() {
    var bench = Bench.ready()
    bench.send(.notice(EngineNotice(message: "history: the disk is full")))
    #expect(bench.text().contains("history: the disk is full"))
  }
}
