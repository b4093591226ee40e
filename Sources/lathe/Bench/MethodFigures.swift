import Engine
import Glibc
import Model
import Numerics

/// How fast the compression methods are.
enum MethodFigures {
  /// Measures and hands each figure to `report`: its name, value and unit.
  static func measure(report: (String, Double, String) throws -> Void) throws {
    let bench = MethodsBench()
    for shape in [MethodsBench.Shape.olmoe, .mixtral] {
      let run = bench.gptq(shape)
      let (start, before) = (ContinuousClock.now, clock())
      try run()
      let (seconds, used) = (Stopwatch.seconds(since: start), clock() - before)
      let name = "GPTQ, \(shape.name), \(Workers.shared.count) threads"
      try report(name, seconds, "s")
      // What other work on the machine changes least; POSIX counts it in millionths of a second.
      try report("\(name), processor time", Double(used) / 1e6, "s")
    }
    for (name, run) in bench.others() {
      let start = ContinuousClock.now
      try run()
      try report(
        "\(name), \(Workers.shared.count) threads", Stopwatch.seconds(since: start), "s")
    }
    for packed in [false, true] {
      for bits in Quantization.allowedBits {
        let (bytes, run) = try bench.dequantization(bits: bits, packed: packed)
        let seconds = Stopwatch.seconds(rounds: 9, run)
        let name = packed ? "unpack and dequantise \(bits) bits" : "dequantise \(bits)-bit codes"
        try report(
          "\(name), 1 thread", Double(bytes) / Stopwatch.median(seconds) / 1e9, "GB/s")
      }
    }
  }
}
