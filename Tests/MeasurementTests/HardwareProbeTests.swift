@testable import Measurement
import Model
import Testing

struct HardwareProbeTests {
  @Test func `the fastest stretch of steps counts`() {
    let start = ContinuousClock.now
    var steps = StepTimes(at: start)
    var end = start
    for index in 0..<40 {
      end += .milliseconds((12..<20).contains(index) ? 2 : 5)
      steps.add(at: end)
    }
    #expect(abs(steps.fastest - 0.002) < 1e-9)
    #expect(StepTimes().fastest.isNaN)
  }

  @Test func `what was fitted gives back what was measured`() throws {
    var probe = HardwareProbe()
    try probe.measure()
    let machine = probe.profile
    #expect(machine.overhead > 0 && machine.memory > 0 && machine.float32 > 1e8)
    #expect(machine.computeShare > 0 && machine.computeShare <= 1)
    #expect(machine.levels.map(\.bytes) == machine.levels.map(\.bytes).sorted())
    for sample in probe.larger {
      let spec = sample.timing.spec
      let estimate = CostModel(spec).estimate(
        of: Choices(spec), Workload(context: 16), on: machine)
      let error = estimate.decode.tokensPerSecond * sample.both - 1
      #expect(error.magnitude < 0.1, "hidden \(sample.hidden): \(error)")
    }
  }
}
