import EngineProtocol
import Model
import Testing

@testable import Workbench

/// The front of a search on screen, and what is taken from it.
@Suite struct FrontTests {
  private func steps(_ bench: Bench) -> [String] {
    bench.state.session?.plan.steps.map { "\($0.said)" } ?? []
  }

  private func selected(_ bench: Bench) -> Int? {
    guard let cursor = bench.state.frontCursor else { return nil }
    return bench.state.session?.search?.front[cursor].point.bytes
  }

  private func bytes(bits: Int) -> Int { Sample.point(Sample.spec(), bits: bits).bytes }

  @Test func `without a search F says how to start one`() {
    var bench = Bench.ready()
    bench.press("F")
    #expect(bench.state.mode == .browse)
    #expect(
      bench.state.toast?.text
        == "front of the search: there is none; \":search memory 9MiB\" looks for plans")
  }

  @Test func `the cursor starts on the best plan and stays near the size it was moved to`() {
    var bench = Bench.ready()
    let job = bench.search()
    bench.press("F")
    #expect(bench.state.frontCursor == nil)
    bench.advanceSearch(job, generation: 1, best: 4)
    #expect(selected(bench) == bytes(bits: 4))
    bench.advanceSearch(job, generation: 2, best: 3)
    #expect(selected(bench) == bytes(bits: 3))
    bench.press("jj")
    #expect(selected(bench) == bytes(bits: 5))
    bench.advanceSearch(job, generation: 3, best: 2)
    #expect(selected(bench) == bytes(bits: 5))
    bench.press("G")
    #expect(selected(bench) == bench.state.session?.baseline.bytes)
    bench.press("ggk")
    #expect(selected(bench) == bytes(bits: 2))
  }

  @Test func `Enter takes the best plan while the search goes on, and u brings yours back`() {
    var bench = Bench.ready()
    bench.press("<space>")
    let job = bench.search()
    bench.advanceSearch(job, generation: 4)
    bench.press("F<enter>")
    #expect(bench.state.mode == .browse)
    #expect(steps(bench) == ["bits 4 experts"])
    #expect(bench.state.session?.isUnsaved == true)
    #expect(bench.state.session?.search?.phase == .running)
    #expect(
      bench.state.toast?.text == "taken: the front's plan of 13.3 MiB; u goes back to yours")
    bench.press("u")
    #expect(steps(bench) == ["drop experts 0.0"])
    #expect(bench.state.toast?.text == "undone: the front's plan of 13.3 MiB")
    bench.press("U")
    #expect(steps(bench) == ["bits 4 experts"])
    bench.press("l<space>uu")
    #expect(steps(bench) == ["drop experts 0.0"])
  }

  @Test func `a plan that is taken is measured`() throws {
    var bench = Bench.ready()
    let job = bench.search()
    bench.finishSearch(job)
    bench.press("F<enter>")
    bench.wait(milliseconds: 500)
    let request = try #require(bench.evaluationRequests.last)
    #expect(request.plan?.edits.map(\.edit) == ["bits 4 experts"])
  }

  @Test func `other plans can be taken once the search has ended`() {
    var bench = Bench.ready()
    let job = bench.search()
    bench.advanceSearch(job, generation: 4)
    bench.press("Fj<enter>")
    #expect(steps(bench).isEmpty)
    #expect(bench.state.toast?.text.contains("sends this plan when it ends") == true)
    bench.finishSearch(job)
    #expect(bench.state.toast?.text.contains("; Enter takes it") == true)
    bench.press("<enter>")
    #expect(steps(bench) == ["bits 5 experts"])
    bench.press("Fj<enter>")
    #expect(steps(bench) == ["bits 5 experts"])
    #expect(bench.state.toast?.text == "your plan is this one already")
  }

  @Test func `any plan can be taken at once from a search that sends them all`() {
    var bench = Bench.ready()
    let job = bench.search()
    let all = Sample.found(bench.spec)
    let found = SearchProgress(generation: 1, measurements: 9, front: all.front, best: all.best)
    bench.send(
      .notification(
        .progress(
          JobProgress(
            job: job, stage: "searching", fraction: 0.1, completed: 1, total: 20,
            unit: "generations", rate: 1, search: found))))
    bench.press("Fgg<enter>")
    #expect(steps(bench) == ["bits 2 experts"])
  }

  @Test func `a plan of another model is refused and nothing changes`() {
    var bench = Bench.ready()
    let job = bench.search()
    let other = Sample.spec(name: "other")
    bench.send(
      .notification(
        .finished(JobFinished(job: job, result: .search(Sample.found(other))))))
    bench.press("F<enter>")
    #expect(steps(bench).isEmpty)
    #expect(bench.state.toast?.text.contains("the plan was not taken") == true)
  }

  @Test func `p pauses and resumes, at once or as soon as the search has a number`() {
    var bench = Bench.ready()
    let job = bench.search()
    bench.forgetEffects()
    bench.press("Fp")
    #expect(bench.effects == [.pauseJob(job, paused: true)])
    #expect(bench.text().contains("paused"))
    bench.press("p")
    #expect(bench.effects.last == .pauseJob(job, paused: false))
    var early = Bench.ready()
    early.press(":search bits 3<enter>Fp")
    #expect(!early.effects.contains { if case .pauseJob = $0 { true } else { false } })
    let number = early.acceptJob()
    #expect(early.effects.last == .pauseJob(number, paused: true))
  }

  @Test func `X stops the search and keeps its front, Esc closes it`() {
    var bench = Bench.ready()
    let job = bench.search()
    bench.advanceSearch(job, generation: 2)
    bench.press("FX")
    #expect(bench.effects.last == .cancelJob(job))
    #expect(bench.text().contains("13.3 MiB"))
    bench.press("p")
    #expect(bench.state.toast?.text == "pause or go on: no search runs")
    bench.press("j<enter>k")
    #expect(
      bench.state.toast?.text
        == "the search ended before it sent this plan; the best one (◆) can be taken")
    bench.press("<enter>")
    #expect(steps(bench) == ["bits 4 experts"])
    bench.press("F<esc>")
    #expect(bench.state.mode == .browse)
  }

  @Test func `what is measured and what is expected of a plan look different`() throws {
    var bench = Bench.ready()
    let job = bench.search()
    bench.advanceSearch(job, generation: 2)
    bench.press("FG")
    bench.wait(milliseconds: 5000)
    let screen = bench.screen()
    func row(_ words: String) throws -> Int {
      try #require((0..<36).first { screen.text(row: $0).contains(words) })
    }
    let best = try row("13.3 MiB")
    #expect(screen.text(row: best).contains("◆") && screen.text(row: best).contains("under"))
    #expect(screen[17, best].style == Style(.measured, .bold))
    let small = try row("10.3 MiB")
    #expect(screen.text(row: small).contains("~ 0.200 ± 0.0250"))
    #expect(screen[17, small].style == Style(.predicted, .dim))
    #expect(screen.text(row: try row("16.3 MiB")).contains("over"))
  }

  @Test func `distances from each kind of goal are in its own terms`() {
    let spec = Sample.spec()
    func margin(_ goal: SearchGoal, withPlan: Bool = true) -> String? {
      let point = Sample.point(spec, bits: 4, measured: true, withPlan: withPlan)
      return FrontPlan(point, goal, spec).margin?.text
    }
    #expect(margin(.divergence(0.02)) == "0.00625 nats under")
    #expect(margin(.memory(bytes: 13 << 20))?.hasSuffix("over") == true)
    #expect(margin(.averageBits(9))?.hasSuffix("bits under") == true)
    #expect(margin(.averageBits(9), withPlan: false) == nil)
    #expect(margin(.storedBits(2))?.hasSuffix("bits over") == true)
    #expect(margin(.speed(2)) == nil)
  }
}
