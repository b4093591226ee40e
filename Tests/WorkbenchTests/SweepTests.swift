import EngineProtocol
import Model
import TestSupport
import Testing

@testable import Workbench

/// The sweep that predictions rest on.
@Suite struct SweepTests {
  private func sweeps(_ bench: Bench) -> Int {
    bench.effects.count { if case .startJob(.sweep, _) = $0 { true } else { false } }
  }

  @Test func `it begins by itself only where it is short`() {
    for (speed, count) in [(40_000.0, 1), (2000, 0)] {
      var bench = Bench()
      bench.open()
      bench.finishProfile()
      let job = bench.acceptJob()
      let original = Sample.evaluation(
        bench.spec, plan: Fingerprint(), tokensPerSecond: speed)
      bench.send(
        .notification(.finished(JobFinished(job: job, result: .evaluation(original)))))
      bench.wait(milliseconds: WorkbenchState.sweepDelay)
      #expect(sweeps(bench) == count, "\(speed) tokens/s")
    }
  }

  @Test func `it does not begin by itself while a person does something`() {
    var bench = Bench()
    bench.open()
    bench.finishProfile()
    let job = bench.acceptJob()
    let original = Sample.evaluation(
      bench.spec, plan: Fingerprint(), tokensPerSecond: 40_000)
    bench.send(.notification(.finished(JobFinished(job: job, result: .evaluation(original)))))
    for _ in 0..<5 {
      bench.wait(milliseconds: WorkbenchState.sweepDelay / 2)
      bench.press("j")
    }
    #expect(sweeps(bench) == 0)
    bench.wait(milliseconds: WorkbenchState.sweepDelay)
    #expect(sweeps(bench) == 1)
  }

  @Test func `S begins it, stops it and goes on`() {
    var bench = Bench.ready()
    bench.press("S")
    let job = bench.acceptJob()
    bench.press("S")
    #expect(bench.effects.last == .cancelJob(job))
    bench.wait(milliseconds: 1000)
    #expect(sweeps(bench) == 1)
    bench.send(
      .notification(.failed(JobFailed(job: job, failure: EngineFailure(.cancelled, "cancelled")))))
    bench.press("S")
    #expect(sweeps(bench) == 2)
  }

  @Test func `predictions rest on it from then on`() throws {
    var bench = Bench.ready()
    bench.press("S")
    let job = bench.acceptJob()
    let found = Sensitivities.sample(of: bench.spec)
    bench.send(.notification(.finished(JobFinished(job: job, result: .sweep(found)))))
    #expect(bench.state.toast?.text.contains("predictions rest on it") == true)
    bench.press("<space>")
    #expect(bench.text().contains("from the sweep and 0 measured plans"))
    bench.press("S")
    #expect(bench.state.toast?.text == "sweep, or stop sweeping: it is done")
  }
}
