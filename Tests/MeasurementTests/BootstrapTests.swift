@testable import Measurement
import Model
import Numerics
import TestSupport
import Testing

struct BootstrapTests {
  private func interval(_ values: [Double], _ groups: WindowGroups, seed: UInt64) throws -> Interval
  {
    let bootstrap = try #require(Bootstrap(groups, seed: seed))
    let sums = bootstrap.resampled(
      Matrix(rows: values.count, columns: 1, values.map { Float($0) }))
    return bootstrap.interval { Double(sums[$0, 0]) / Double(values.count) }
  }

  @Test func `the same seed gives the same interval, and equal windows one without width`() throws {
    let groups = WindowGroups(windows: [6])
    let values = [1.0, 2, 3, 4, 5, 6]
    #expect(try interval(values, groups, seed: 3) == interval(values, groups, seed: 3))
    let same = try interval(Array(repeating: 2.5, count: 6), groups, seed: 3)
    #expect(same.low == 2.5 && same.high == 2.5)
  }

  @Test func `two windows give the interval between them`() throws {
    // Each is drawn twice with probability 1/4, far above 2.5 %.
    let interval = try interval([0, 1], WindowGroups(windows: [2]), seed: 1)
    #expect(interval.low == 0 && interval.high == 1)
  }

  @Test func `nothing is known of the spread of single windows`() {
    #expect(Bootstrap(WindowGroups(windows: [1, 1, 1]), seed: 0) == nil)
    #expect(Bootstrap(WindowGroups(windows: [1, 2]), seed: 0) != nil)
  }

  @Test func `the share of each domain stays as it was chosen`() throws {
    // All of one domain is 0, all of the other 1: no chance in the mean.
    let groups = WindowGroups(windows: [4, 4])
    let interval = try interval([0, 0, 0, 0, 1, 1, 1, 1], groups, seed: 9)
    #expect(interval.low == 0.5 && interval.high == 0.5)
  }

  @Test func `intervals hold the true mean about as often as they say`() throws {
    let groups = WindowGroups(windows: [32])
    var hits = 0
    for seed in 0..<300 {
      var random = SeededGenerator(seed: UInt64(seed))
      let values = (0..<32).map { _ in Double.random(in: 0..<1, using: &random) }
      let interval = try interval(values, groups, seed: UInt64(seed))
      if interval.low <= 0.5, interval.high >= 0.5 { hits += 1 }
    }
    #expect((270...297).contains(hits), "seeds 0..<300: \(hits) of 300")
  }

  @Test func `many windows share groups, each of one domain`() {
    let groups = WindowGroups(windows: [1000, 3, 500])
    #expect(groups.ofDomains == [0..<21, 21..<24, 24..<45])
    let item = TokenWindows.Item(domain: 2, window: 22, ids: [])
    #expect(groups.group(of: item) == 25)
  }

  @Test func `numbers are cut to the digits that mean something`() {
    #expect(0.012_345_678.rounded(digits: 4) == 0.01235)
    #expect(123_456.7.rounded(digits: 4) == 123_457)
    #expect(0.0.rounded(digits: 4) == 0 && (-2.000_04).rounded(digits: 4) == -2)
    #expect((1.0 / 3).rounded(digits: 9) == 0.333_333_333)
  }
}
