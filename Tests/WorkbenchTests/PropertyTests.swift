import EngineProtocol
import Model
import Numerics
import TestSupport
import Testing

@testable import Workbench

/// Long random sessions: nothing traps, and undoing everything leads back to the start.
@Suite struct PropertyTests {
  private static let scalars = Array(
    " -+=:/?<>vrcaAxBuUmMweqQyTXRSFpnNHLGgjkhl12s0.;ü\u{1B}".unicodeScalars)
  private static let named: [Key] = [
    .enter, .escape, .tab, .backTab, .backspace, .delete, .up, .down, .left, .right, .home, .end,
    .pageUp, .pageDown, .function(1), .control("c"), .control("r"), .control("z"), .control("l"),
    .control("u"), .control("w"),
  ]
  private static let lines = [
    ":drop experts where load < 0.5x\n", ":bits 4 experts\n", ":keep all\n", ":drop moe 2\n",
    ":bits 8 attention 1..2\n", ":drop block 99\n", "/reap > 0.001\n", "/block in 2..3\n",
    "/\n", ":search memory 14MiB\n", ":search kl 0.1\n", ":search bits 3\n", ":search\n",
    ":w a.json\n", ":o b.json\n", ":bits 3 linear 0.q group 32\n",
  ]

  private struct Session {
    var bench: Bench
    var generator: SeededGenerator
    var jobs: [Int] = []

    mutating func random(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }

    mutating func step() {
      bench.time += random(0..<300)
      switch random(0..<100) {
      case ..<55: bench.send(.input(.key(.character(scalars[random(0..<scalars.count)]))))
      case ..<70: bench.send(.input(.key(named[random(0..<named.count)])))
      case ..<78: mouse()
      case ..<82: type(lines[random(0..<lines.count)])
      case ..<84: resize()
      case ..<85: bench.send(.input(.paste("drop experts 1.2\n\tü模")))
      case ..<96: engine()
      default: file()
      }
      bench.forgetOldEffects()
      _ = bench.state.nextWake
    }

    private mutating func type(_ line: String) {
      for scalar in line.unicodeScalars {
        bench.send(.input(.key(scalar == "\n" ? .enter : .character(scalar))))
      }
    }

    private mutating func mouse() {
      let actions: [Mouse.Action] = [.press, .release, .drag, .wheelUp, .wheelDown]
      let size = bench.state.size
      bench.send(
        .input(
          .mouse(
            Mouse(
              actions[random(0..<5)], random(0..<8) == 0 ? .right : .left,
              column: random(-1..<size.columns + 2), row: random(-1..<size.rows + 2)))))
    }

    private mutating func resize() {
      let sizes = [(0, 0), (1, 1), (59, 16), (60, 15), (60, 16), (80, 24), (120, 36), (200, 60)]
      let (columns, rows) = sizes[random(0..<sizes.count)]
      bench.send(.input(.resize(Size(columns: columns, rows: rows))))
    }

    private mutating func engine() {
      for effect in bench.effects {
        if case .startJob(let work, let ticket) = effect, random(0..<3) > 0 { answer(work, ticket) }
      }
      switch random(0..<12) {
      case 0: bench.send(.exited(reason: "signal \(random(1..<20))"))
      case 1: bench.open()
      case 2: bench.send(.openFailed(EngineFailure(.failed, "no")))
      case 3: bench.send(.jobRefused(ticket: random(0..<20), EngineFailure(.badRequest, "no")))
      case 4:
        bench.send(
          .notification(
            .failed(JobFailed(job: random(100..<130), failure: EngineFailure(.failed, "x")))))
      case 5..<9: searching()
      default: bench.progress(job: random(100..<130), fraction: .nan)
      }
    }

    private mutating func answer(_ work: JobRequest, _ ticket: Int) {
      bench.send(.jobStarted(ticket: ticket, job: 100 + ticket))
      let result: JobResult =
        switch work {
        case .profile: .profile(Sample.profile(bench.spec))
        case .sweep: .sweep(Sensitivities.sample(of: bench.spec))
        case .search: .search(Sample.found(bench.spec, best: random(2..<7)))
        default: .evaluation(Sample.evaluation(bench.spec, plan: Fingerprint(), damage: 0.1))
        }
      if random(0..<3) > 0 {
        bench.send(.notification(.finished(JobFinished(job: 100 + ticket, result: result))))
      }
    }

    /// News of a search, now and then with figures that make no sense.
    private mutating func searching() {
      let job = bench.state.engine.search?.id ?? random(100..<130)
      var found = Sample.searching(bench.spec, generation: random(0..<20), best: random(2..<7))
      let odd = FrontPoint(
        bytes: [0, -1, .min, .max][random(0..<4)],
        kl: [0, -1, .infinity, .nan, 1e-300][random(0..<5)], sigma: .nan)
      switch random(0..<4) {
      case 0: found.front = [odd]
      case 1: found.best = odd
      case 2: found.front = []
      default: break
      }
      bench.send(
        .notification(
          .progress(
            JobProgress(
              job: job, stage: "searching", fraction: .nan, completed: 1, total: random(0..<9),
              unit: "generations", rate: 0, search: found))))
    }

    private mutating func file() {
      switch random(0..<5) {
      case 0: bench.send(.planSaved(path: "a.json"))
      case 1: bench.send(.planExists(path: "a.json"))
      case 2: bench.send(.planSaveFailed(path: "a.json", reason: "full"))
      case 3: bench.send(.planLoadFailed(path: "b.json", reason: "gone"))
      default: bench.send(.wake)
      }
    }
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `5000 random events leave a state that can be drawn and undone`(seed: UInt64) throws {
    let spec = Sample.spec(
      blocks: 6, experts: seed.isMultiple(of: 2) ? 40 : 8, dense: Int(seed % 3),
      shared: seed > 2)
    var session = Session(bench: Bench(spec), generator: SeededGenerator(seed: seed))
    for step in 0..<5000 {
      session.step()
      let state = session.bench.state
      #expect(state.block >= 0 && state.expert >= 0, "seed \(seed), step \(step)")
      if step.isMultiple(of: 7) {
        let colors: ColorDepth = step.isMultiple(of: 2) ? .palette : .mono
        let screen = session.bench.screen(colors: colors, unicode: step.isMultiple(of: 3))
        #expect(
          screen.cells.count == state.size.columns * state.size.rows, "seed \(seed), step \(step)")
      }
    }
    try undoAll(session.bench, seed)
  }

  private func undoAll(_ bench: Bench, _ seed: UInt64) throws {
    var bench = bench
    bench.open()
    bench.send(.input(.resize(Size(columns: 80, rows: 24))))
    bench.press("<esc><esc><esc><esc>")
    let edits = try #require(bench.state.session).history.undoCount
    #expect(edits > 0, "seed \(seed): the session has made no edits")
    for _ in 0..<edits { bench.press("u") }
    #expect(bench.state.session?.isPlanEmpty == true, "seed \(seed)")
    #expect(bench.state.session?.ledger == bench.state.session?.baseline, "seed \(seed)")
  }
}
