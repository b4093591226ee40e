@testable import Measurement
import Testing

struct StatisticsTests {
  private func windows(_ nats: Double...) -> [WindowSums] {
    nats.map { WindowSums(targets: 10, nats: 10 * $0, divergence: 0, agreements: 0) }
  }

  @Test func `the margin is t times the standard error of the windows' means`() {
    // Means 1, 2, 3, 4: standard deviation 1.29099, divided by 2; t of 3 degrees is 3.182.
    let mean = ClusteredMean([windows(1, 2, 3, 4)], \.nats)
    #expect(abs(mean.mean - 2.5) < 1e-12)
    #expect(abs(mean.margin - 3.182 * 1.290994 / 2) < 1e-4)
  }

  @Test func `the spread between domains is not taken for noise`() {
    let apart = ClusteredMean([windows(1, 1.1), windows(5, 5.1)], \.nats)
    let alone = ClusteredMean([windows(1, 1.1)], \.nats)
    #expect(abs(apart.mean - 3.05) < 1e-12)
    #expect(apart.margin < alone.margin)
  }

  @Test func `equal windows have no margin, a single one has none that is known`() {
    #expect(ClusteredMean([windows(2, 2, 2)], \.nats).margin == 0)
    #expect(ClusteredMean([windows(2)], \.nats).margin == 0)
  }

  @Test func `t comes down to the normal quantile and never up`() {
    let quantiles = (1...200).map { StudentT.quantile975(degreesOfFreedom: $0) }
    #expect(zip(quantiles, quantiles.dropFirst()).allSatisfy { $0 > $1 })
    #expect(abs(quantiles[99] - 1.984) < 1e-3 && quantiles[199] > 1.959964)
  }
}
