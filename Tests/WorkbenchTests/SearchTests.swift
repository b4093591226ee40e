import EngineProtocol
import Model
import Testing

@testable import Workbench

/// A search from the prompt to its end.
@Suite struct SearchTests {
  private func said(_ bench: Bench) -> String { bench.state.toast?.text ?? "" }

  private func problem(_ bench: Bench) -> String? {
    if case .prompt(let prompt) = bench.state.mode { prompt.problem } else { nil }
  }

  @Test func `a search begins from the plan with the goal that was typed`() throws {
    let goals: [(String, SearchGoal)] = [
      ("memory 9MiB", .memory(bytes: 9 << 20)), ("bits 2.54", .averageBits(2.54)),
      ("stored-bits 3", .storedBits(3)), ("speed 2x", .speed(2)), ("kl 0.1", .divergence(0.1)),
    ]
    for (text, goal) in goals {
      var bench = Bench.ready()
      bench.press("<space>:search \(text)<enter>")
      let request = try #require(bench.searchRequests.last)
      #expect(request.goal == goal)
      #expect(request.start?.edits.map(\.edit) == ["drop experts 0.0"])
      #expect(request.space == SearchSpace() && request.generations > 0)
      #expect(said(bench).contains("from your plan"))
    }
  }

  @Test func `an untouched model is searched without a plan to start from`() throws {
    var bench = Bench.ready()
    bench.search()
    #expect(try #require(bench.searchRequests.last).start == nil)
  }

  @Test func `a goal that is none stays in place with what can be said`() {
    for (line, words) in [
      ("search", "a search needs a goal; say one of memory 9MiB, bits 2.54"),
      ("search size 3", "\"size\" is no goal of a search"),
      ("search memory", "memory takes the bytes of the model, such as 9MiB"),
      ("search memory lots", "memory takes the bytes"), ("search bits 99", "at most 32"),
      ("search speed 0.5x", "a factor of at least 1"), ("search kl -1", "nats a token, 0 or more"),
    ] {
      var bench = Bench.ready()
      bench.press(":\(line)<enter>")
      #expect(problem(bench)?.contains(words) == true, "\(line): \(problem(bench) ?? "")")
      #expect(bench.searchRequests.isEmpty)
    }
  }

  @Test func `a second search waits until the first is stopped`() {
    var bench = Bench.ready()
    bench.search()
    bench.press(":search bits 3<enter>")
    #expect(problem(bench) == "no search now: one is under way; X stops it")
    bench.press("<esc>X:search bits 3<enter>")
    #expect(bench.searchRequests.map(\.goal) == [.memory(bytes: 14 << 20), .averageBits(3)])
  }

  @Test func `an engine that cannot search and a model without weights are said`() {
    var engine = Sample.engine
    engine.jobs = ["profile", "evaluate"]
    var bench = Bench()
    bench.send(.described(engine), .opened(OpenedModel(spec: bench.spec, hasWeights: true)))
    bench.press(":search bits 3<enter>")
    #expect(problem(bench)?.contains("this engine (0.1) cannot search") == true)
    var bare = Bench()
    bare.open(hasWeights: false)
    bare.press(":search bits 3<enter>")
    #expect(problem(bare)?.contains("no weights") == true)
  }

  @Test func `the status line follows the best plan while nothing more urgent runs`() {
    var bench = Bench.ready()
    let job = bench.search()
    bench.wait(milliseconds: 5000)
    #expect(bench.text().contains("searching  asked the engine"))
    bench.advanceSearch(job, generation: 3)
    #expect(bench.text().contains("generation 3 of 20  best KL 0.0138 in 13.3 MiB"))
    bench.press("<space>")
    bench.wait(milliseconds: 5000)
    #expect(bench.text().contains("measuring the plan"))
    #expect(bench.evaluationRequests.count == 1)
    bench.finishEvaluation(damage: 0.01)
    #expect(bench.text().contains("generation 3 of 20"))
  }

  @Test func `the end says what was found and replaces nothing`() throws {
    var bench = Bench.ready()
    bench.press("<space>")
    bench.measure(damage: 0.02)
    let job = bench.search()
    bench.finishSearch(job, notes: ["something to know"])
    #expect(
      said(bench) == "the search is done: 13.3 MiB, KL 0.0138 nats on 8.19k calibration tokens;"
        + " F, then Enter takes it; something to know")
    let session = try #require(bench.state.session)
    #expect(session.plan.steps.map { "\($0.said)" } == ["drop experts 0.0"])
  }

  @Test func `a search that fails says why, and F shows it`() {
    var bench = Bench.ready()
    let job = bench.search()
    let reason = "the smallest legal plan takes 4000000 bytes"
    bench.send(
      .notification(.failed(JobFailed(job: job, failure: EngineFailure(.badRequest, reason)))))
    #expect(said(bench) == "the search failed: \(reason)")
    bench.press("F")
    bench.wait(milliseconds: 5000)
    #expect(bench.text().contains("failed") && bench.text().contains(reason))
  }

  @Test func `X stops the measurement, then the search, then the sweep, one at a time`() {
    var bench = Bench.ready()
    bench.press("S")
    let sweep = bench.acceptJob()
    let search = bench.search()
    bench.advanceSearch(search, generation: 2)
    bench.press("<space>")
    bench.wait(milliseconds: 500)
    let evaluation = bench.acceptJob()
    bench.forgetEffects()
    bench.press("XXX")
    #expect(
      bench.effects == [.cancelJob(evaluation), .cancelJob(search), .cancelJob(sweep)])
    bench.press("X")
    #expect(said(bench) == "stop: nothing is being measured")
    bench.press("F")
    bench.wait(milliseconds: 5000)
    #expect(bench.text().contains("stopped") && bench.text().contains("13.3 MiB"))
  }

  @Test func `a stopped search is not heard any more, another one is`() throws {
    var bench = Bench.ready()
    let first = bench.search()
    bench.press("X")
    let second = bench.search("bits 3")
    bench.finishSearch(first)
    #expect(try #require(bench.state.session?.search).phase == .running)
    bench.advanceSearch(second, generation: 1)
    #expect(try #require(bench.state.session?.search).generation == 1)
  }

  @Test func `a sweep that was asked for and a search share the engine`() {
    var bench = Bench.ready()
    bench.search()
    bench.forgetEffects()
    bench.press("S")
    #expect(bench.effects.contains { if case .startJob(.sweep, _) = $0 { true } else { false } })
    #expect(bench.state.engine.sweep != nil && bench.state.engine.search != nil)
  }
}

/// What becomes of a search when the engine process ends.
@Suite struct SearchExitTests {
  @Test func `it begins again from the best plan it had found`() throws {
    var bench = Bench.ready()
    let job = bench.search()
    bench.advanceSearch(job, generation: 5)
    bench.send(.exited(reason: "signal 9"))
    bench.press("F")
    bench.wait(milliseconds: 5000)
    #expect(bench.text().contains("13.3 MiB"))
    bench.forgetEffects()
    bench.open()
    let request = try #require(bench.searchRequests.last)
    #expect(request.start?.edits.map(\.edit) == ["bits 4 experts"])
    let again = bench.acceptSearch()
    bench.finishSearch(again)
    #expect(try #require(bench.state.session?.search).phase == .finished)
  }

  @Test func `it stays paused, and the second exit ends it`() throws {
    var bench = Bench.ready()
    bench.search()
    bench.press("Fp")
    bench.send(.exited(reason: "signal 9"))
    bench.open()
    bench.forgetEffects()
    let job = bench.acceptSearch()
    #expect(bench.effects == [.pauseJob(job, paused: true)])
    bench.wait(milliseconds: 31_000)
    bench.send(.exited(reason: "signal 9"))
    bench.forgetEffects()
    bench.open()
    #expect(bench.searchRequests.isEmpty)
    #expect(
      try #require(bench.state.session?.search).phase
        == .failed("the engine ended twice while searching"))
  }
}
