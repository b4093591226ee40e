import Engine
import Measurement
import Numerics

/// Forward passes and products in turn, so that what else the machine does shows in both.
struct ForwardTiming {
  /// Seconds of a pass, the median.
  let seconds: Double
  /// Products next to the passes, the median, in GFLOP/s.
  let peak: Double
  /// Arithmetic of a pass over the products before and after it, the median.
  let share: Double
  /// Part of the threads' time that went into reading and widening weights.
  let widening: Double
  let perplexity: Double

  /// Runs `rounds` passes; with `warm`, one more before them that does not count.
  init(_ bench: ForwardBench, rounds: Int, warm: Bool = true) throws {
    let product = ProductPeak()
    var (seconds, peaks, shares): ([Double], [Double], [Double]) = ([], [], [])
    if warm { _ = try bench.run() }
    var perplexity = Double.nan
    var before = product.gigaflops()
    let widened = bench.wideningSeconds
    for _ in 0..<rounds {
      let start = ContinuousClock.now
      perplexity = try bench.run()
      let taken = Stopwatch.seconds(since: start)
      let after = product.gigaflops()
      seconds.append(taken)
      peaks.append((before + after) / 2)
      shares.append(bench.operations / taken / 1e9 / peaks[peaks.count - 1])
      before = after
    }
    widening =
      (bench.wideningSeconds - widened) / (seconds.reduce(0, +) * Double(Workers.shared.count))
    self.perplexity = perplexity
    self.seconds = Stopwatch.median(seconds.sorted())
    peak = Stopwatch.median(peaks.sorted())
    share = Stopwatch.median(shares.sorted())
  }
}
