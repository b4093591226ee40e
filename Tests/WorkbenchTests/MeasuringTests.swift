import EngineProtocol
import Model
import Testing

@testable import Workbench

/// What the engine is asked to do, and what becomes of its answers.
@Suite struct MeasuringTests {
  @Test func `the profile comes first, then the untouched model is measured`() {
    var bench = Bench()
    bench.send(.described(Sample.engine))
    #expect(bench.effects == [.openModel(path: "demo")])
    bench.send(.opened(OpenedModel(spec: bench.spec, hasWeights: true)))
    #expect(bench.effects.last == .startJob(.profile(ProfileRequest()), ticket: 1))
    bench.send(.recalled(RecalledMeasurements()))
    bench.finishProfile()
    #expect(bench.effects.last == .startJob(.evaluate(EvaluationRequest()), ticket: 2))
    bench.finishEvaluation()
    #expect(bench.startedTickets == [1, 2])
    #expect(bench.text().contains("original"))
  }

  @Test func `a plan is measured half a second after the last edit`() throws {
    var bench = Bench.ready()
    bench.press("<space>")
    bench.wait(milliseconds: 400)
    bench.press("l<space>")
    bench.wait(milliseconds: 499)
    #expect(bench.evaluationRequests.isEmpty)
    bench.wait(milliseconds: 1)
    let request = try #require(bench.evaluationRequests.first)
    #expect(request.plan?.edits.count == 2)
  }

  @Test func `an edit makes the measurement stale at once and a new one replaces it`() {
    var bench = Bench.ready()
    bench.press("<space>")
    #expect(bench.text().contains("stale"))
    bench.measure(damage: 0.02)
    #expect(!bench.text().contains("stale"))
    #expect(bench.text().contains("measured"))
  }

  @Test func `a running measurement of an outdated plan is cancelled`() {
    var bench = Bench.ready()
    bench.press("<space>")
    bench.wait(milliseconds: 500)
    let job = bench.acceptJob()
    bench.press("l<space>")
    bench.wait(milliseconds: 500)
    #expect(bench.effects.contains(.cancelJob(job)))
    #expect(bench.evaluationRequests.count == 2)
    bench.send(
      .notification(.failed(JobFailed(job: job, failure: EngineFailure(.cancelled, "cancelled")))))
    #expect(bench.state.toast == nil)
  }

  @Test func `a job cancelled before it has a number is cancelled when it gets one`() {
    var bench = Bench.ready()
    bench.press("<space>")
    bench.wait(milliseconds: 500)
    let ticket = bench.startedTickets[0]
    bench.press("l<space>")
    bench.wait(milliseconds: 500)
    bench.forgetEffects()
    bench.send(.jobStarted(ticket: ticket, job: 77))
    #expect(bench.effects == [.cancelJob(77)])
  }

  @Test func `undo to a measured plan shows its figures at once and measures nothing`() {
    var bench = Bench.ready()
    bench.press("<space>")
    bench.measure(damage: 0.02)
    bench.press("l<space>")
    bench.measure(damage: 0.04)
    bench.forgetEffects()
    bench.press("u")
    #expect(bench.text().contains("measured"))
    #expect(bench.text().contains("KL 0.0200"))
    bench.wait(milliseconds: 2000)
    #expect(bench.evaluationRequests.isEmpty)
  }

  @Test func `undoing to the untouched model cancels what is outdated`() {
    var bench = Bench.ready()
    bench.press("<space>")
    bench.wait(milliseconds: 500)
    let job = bench.acceptJob()
    bench.press("u")
    bench.wait(milliseconds: 500)
    #expect(bench.effects.last == .cancelJob(job))
    #expect(bench.text().contains("original"))
  }

  @Test func `e measures a plan again and keeps the figures until there are new ones`() {
    var bench = Bench.ready()
    bench.press("<space>")
    bench.measure(damage: 0.02)
    bench.forgetEffects()
    bench.press("e")
    #expect(bench.evaluationRequests.count == 1)
    #expect(bench.text().contains("KL 0.0200"))
    bench.finishEvaluation(damage: 0.03)
    #expect(bench.text().contains("KL 0.0300"))
    bench.wait(milliseconds: 2000)
    #expect(bench.evaluationRequests.count == 1)
  }

  @Test func `what a method could not do is said beside the figures`() {
    var bench = Bench.ready()
    bench.press("<space>")
    bench.measure(damage: 0.02, notes: ["3.5.gate: gptq gave way to rtn", "another"])
    #expect(bench.text().contains("3.5.gate: gptq gave way to rtn (and 1 more)"))
  }

  @Test func `partial results show as they come and do not look measured`() {
    var bench = Bench.ready()
    bench.press("<space>")
    bench.wait(milliseconds: 500)
    let job = bench.acceptJob()
    let partial = Sample.evaluation(
      bench.spec, plan: Fingerprint(), damage: 0.05, fraction: 0.4)
    bench.progress(job: job, fraction: 0.4, partial: partial)
    let text = bench.text()
    #expect(text.contains("measuring perplexity"))
    #expect(text.contains("on 40 % of the data"))
    #expect(text.contains("KL 0.0500"))
    #expect(text.contains("12.1k tokens/s"))
  }

  @Test func `news of a job that come before its number are not lost`() {
    var bench = Bench()
    bench.open()
    bench.send(
      .notification(
        .finished(JobFinished(job: 9, result: .profile(Sample.profile(bench.spec))))))
    #expect(bench.state.session?.profile == nil)
    bench.send(.jobStarted(ticket: 1, job: 9))
    #expect(bench.state.session?.profile != nil)
  }

  @Test func `a failed measurement says why, is not repeated by itself, and e tries again`() {
    var bench = Bench.ready()
    bench.press("<space>")
    bench.wait(milliseconds: 500)
    let job = bench.acceptJob()
    bench.send(
      .notification(.failed(JobFailed(job: job, failure: EngineFailure(.failed, "out of memory")))))
    bench.wait(milliseconds: 5000)
    #expect(bench.text().contains("measuring failed: out of memory; e tries again"))
    #expect(bench.evaluationRequests.count == 1)
    bench.press("e")
    #expect(bench.evaluationRequests.count == 2)
  }

  @Test func `X stops measuring until it is asked for`() {
    var bench = Bench.ready()
    bench.press("<space>")
    bench.wait(milliseconds: 500)
    let job = bench.acceptJob()
    bench.press("X")
    #expect(bench.effects.last == .cancelJob(job))
    bench.wait(milliseconds: 5000)
    #expect(bench.evaluationRequests.count == 1)
    bench.press("e")
    #expect(bench.evaluationRequests.count == 2)
  }

  @Test func `a model without weights is shown and edited but nothing is asked of the engine`() {
    var bench = Bench()
    bench.open(hasWeights: false)
    bench.press("<space>")
    bench.wait(milliseconds: 1000)
    #expect(bench.effects == [.openModel(path: "demo")])
    #expect(bench.text().contains("no weights, only a config.json"))
    bench.press("e")
    #expect(bench.state.toast?.text.contains("no weights") == true)
  }

  @Test func `what an engine lacks is said and not asked for`() {
    var engine = Sample.engine
    engine.jobs = ["profile"]
    var bench = Bench()
    bench.send(.described(engine), .opened(OpenedModel(spec: bench.spec, hasWeights: true)))
    bench.finishProfile()
    #expect(bench.evaluationRequests.isEmpty)
    #expect(bench.text().contains("this engine (0.1) cannot evaluate"))
  }
}

/// What happens when the engine process ends.
@Suite struct EngineExitTests {
  @Test func `the engine is started again, the plan is kept, the work is done over`() {
    var bench = Bench.ready()
    bench.press("<space>")
    bench.wait(milliseconds: 500)
    bench.acceptJob()
    bench.forgetEffects()
    bench.send(.exited(reason: "signal 9"))
    #expect(bench.effects == [.restartEngine])
    #expect(bench.state.toast?.text.contains("signal 9") == true)
    bench.press("l<space>")
    bench.open()
    bench.wait(milliseconds: 500)
    #expect(bench.evaluationRequests.last?.plan?.edits.count == 2)
    #expect(bench.state.session?.plan.steps.count == 2)
  }

  @Test func `an unfinished profile is asked for again`() {
    var bench = Bench()
    bench.open()
    bench.send(.exited(reason: "signal 11"))
    bench.forgetEffects()
    bench.open()
    #expect(bench.effects.last == .startJob(.profile(ProfileRequest()), ticket: 2))
  }

  @Test func `a plan is not measured a third time when the engine ended twice over it`() {
    var bench = Bench.ready()
    bench.press("<space>")
    bench.wait(milliseconds: 500)
    for _ in 0..<2 {
      bench.acceptJob()
      bench.send(.exited(reason: "signal 9"))
      bench.wait(milliseconds: 31_000)
      bench.open()
    }
    #expect(bench.evaluationRequests.count == 2)
    #expect(bench.text().contains("the engine ended twice while measuring this plan"))
  }

  @Test func `three exits within half a minute are enough, and R starts over`() {
    var bench = Bench.ready()
    bench.press("<space>")
    for _ in 0..<3 {
      bench.wait(milliseconds: 1000)
      bench.send(.exited(reason: "signal 9"))
    }
    #expect(bench.effects.count { $0 == .restartEngine } == 2)
    #expect(bench.state.toast?.text.contains("save it with w, R starts the engine again") == true)
    bench.wait(milliseconds: 5000)
    #expect(bench.text().contains("R starts it again"))
    bench.forgetEffects()
    bench.press("R")
    #expect(bench.effects == [.restartEngine])
    #expect(bench.state.session?.plan.steps.count == 1)
  }

  @Test func `exits far apart do not stop the restarts`() {
    var bench = Bench.ready()
    for _ in 0..<5 {
      bench.wait(milliseconds: 31_000)
      bench.send(.exited(reason: "signal 9"))
      bench.open()
    }
    #expect(bench.effects.count { $0 == .restartEngine } == 5)
  }

  @Test func `another model at the same place is refused and the plan is kept`() {
    var bench = Bench.ready()
    bench.press("<space>")
    bench.send(.exited(reason: "signal 9"))
    bench.send(
      .described(Sample.engine),
      .opened(OpenedModel(spec: Sample.spec(name: "other"), hasWeights: true)))
    #expect(bench.state.session?.spec.name == "demo")
    bench.wait(milliseconds: 5000)
    #expect(bench.text().contains("is not the one your plan was made for any more"))
  }

  @Test func `a model that cannot be opened is said with its reason and R tries again`() {
    var bench = Bench()
    bench.send(
      .described(Sample.engine), .openFailed(EngineFailure(.badRequest, "no config.json in x")))
    #expect(bench.text().contains("no config.json in x"))
    bench.press("R")
    #expect(bench.effects.last == .openModel(path: "demo"))
    bench.press("q")
    #expect(bench.effects.last == .quit)
  }
}

/// What is predicted before it is measured.
@Suite struct PredictionTests {
  @Test func `predictions rest on other plans' measurements and follow every edit at once`() throws
  {
    var bench = Bench.ready()
    bench.press("jl<space>")
    #expect(bench.text().contains("follows when another plan was measured"))
    bench.measure(damage: 0.02)
    #expect(bench.text().contains("follows when another plan was measured"))
    bench.press("l<space>")
    #expect(bench.text().contains("from 1 measured plan"))
    let before = try #require(bench.state.session?.prediction).kl
    bench.press("lvll<space>")
    #expect(try #require(bench.state.session?.prediction).kl > before)
  }

  @Test func `a predicted figure is dim with a tilde, a measured one bold without`() throws {
    var bench = Bench.ready()
    bench.press("jl<space>")
    bench.measure(damage: 0.02)
    bench.press("l<space>")
    bench.measure(damage: 0.03)
    let screen = bench.screen()
    let rows = Layout(bench.state, size: screen.size).plan.rows
    func figures(_ row: Int) -> [Style] {
      (12..<screen.size.columns).compactMap {
        let cell = screen[$0, row]
        return ("0"..."9").contains(cell.character) ? cell.style : nil
      }
    }
    let predicted = figures(rows.lowerBound + 1)
    #expect(!predicted.isEmpty)
    #expect(predicted.allSatisfy { $0 == Style(.predicted, .dim) })
    #expect(screen.text(row: rows.lowerBound + 1).contains("~ KL"))
    let measured = try #require(rows.first { screen.text(row: $0).hasPrefix(" measured") })
    #expect(figures(measured).contains(Style(.measured, .bold)))
    #expect(!screen.text(row: measured).contains("~"))
  }
}
