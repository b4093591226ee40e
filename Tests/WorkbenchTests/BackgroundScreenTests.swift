import EngineProtocol
import Model
import TestSupport
import Testing

@testable import Workbench

/// Whole screens of what goes on in the background: a search's front, the sweep.
@Suite struct BackgroundScreenTests {
  private func searching(_ size: Size, goal: String = "memory 14MiB") -> Bench {
    var bench = Bench.ready(size: size)
    let job = bench.search(goal)
    bench.advanceSearch(job, generation: 4)
    bench.wait(milliseconds: 5000)
    return bench
  }

  @Test(arguments: [
    Size(columns: 60, rows: 16), Size(columns: 80, rows: 24), Size(columns: 80, rows: 44),
    Size(columns: 120, rows: 36),
  ]) func `the front of a search`(size: Size) throws {
    var bench = searching(size)
    bench.press("Fj")
    try Golden.check(bench.screen(), "front-\(size.columns)x\(size.rows)")
  }

  @Test func `the front without colours and with ASCII alone`() throws {
    var bench = searching(Size(columns: 100, rows: 24), goal: "kl 0.02")
    bench.press("Fp")
    let screen = bench.screen(colors: .mono, unicode: false)
    try Golden.check(screen, "front-100x24-mono-ascii")
    #expect(screen.cells.allSatisfy { $0.character.isASCII && $0.character != "?" })
  }

  @Test func `the map while a search goes on`() throws {
    try Golden.check(searching(Size(columns: 100, rows: 24)).screen(), "searching-100x24")
  }

  @Test func `the map while a sweep goes on`() throws {
    var bench = Bench.ready()
    bench.press("S")
    let job = bench.acceptJob()
    bench.send(
      .notification(
        .progress(
          JobProgress(
            job: job, stage: "measuring changes", fraction: 0.43, completed: 214, total: 496,
            unit: "measurements", rate: 21, secondsLeft: 13.4))))
    bench.wait(milliseconds: 5000)
    try Golden.check(bench.screen(), "sweeping-120x36")
  }

  @Test func `a prediction from the sweep with its record`() throws {
    var bench = Bench.ready()
    bench.press("S")
    let job = bench.acceptJob()
    let found = Sensitivities.sample(of: bench.spec)
    bench.send(.notification(.finished(JobFinished(job: job, result: .sweep(found)))))
    for (line, damage) in [
      ("bits 4 experts", 0.006), ("bits 3 down", 0.012), ("bits 3 experts", 0.03),
      ("drop moe 6", 0.05), ("bits 2 down", 0.08), ("drop attention 5", 0.1),
    ] {
      bench.press(":\(line)<enter>")
      bench.measure(damage: damage)
    }
    bench.press(":bits 2 up 5.*<enter>")
    bench.wait(milliseconds: 5000)
    try Golden.check(bench.screen(), "swept-120x36")
  }
}
