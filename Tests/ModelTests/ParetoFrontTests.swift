import Model
import Numerics
import TestSupport
import Testing

struct ParetoFrontTests {
  /// Whether a point is at least as good on both sides and better on one.
  private func beats(_ one: TradeOff, _ other: TradeOff) -> Bool {
    one.bytes <= other.bytes && one.kl <= other.kl && one != other
  }

  @Test func `the front is what no other point beats, by rising bytes`() {
    let points = [
      TradeOff(bytes: 100, kl: 0), TradeOff(bytes: 50, kl: 0.1), TradeOff(bytes: 60, kl: 0.2),
      TradeOff(bytes: 20, kl: 0.5),
    ]
    #expect(ParetoFront.indices(of: points) == [3, 1, 0])
    #expect(ParetoFront.indices(of: []).isEmpty)
  }

  @Test func `of equal points the last one stands for all`() {
    let point = TradeOff(bytes: 10, kl: 0.1)
    #expect(ParetoFront.indices(of: [point, TradeOff(bytes: 10, kl: 0.3), point]) == [2])
  }

  @Test func `a KL that is no number is never on the front`() {
    let points = [TradeOff(bytes: 1, kl: .nan), TradeOff(bytes: 2, kl: .infinity)]
    #expect(ParetoFront.indices(of: points).isEmpty)
    #expect(ParetoFront.indices(of: points + [TradeOff(bytes: 3, kl: 1)]) == [2])
  }

  @Test(arguments: 1...50) func `it agrees with holding every point against every other`(
    _ seed: UInt64
  ) {
    var random = SeededGenerator(seed: seed)
    // Few values, so that ties are common.
    let points = (0..<Int.random(in: 1...40, using: &random)).map { _ in
      TradeOff(
        bytes: Int.random(in: 1...12, using: &random),
        kl: Double(Int.random(in: 0...12, using: &random)))
    }
    let expected = Set(points.filter { point in !points.contains { beats($0, point) } })
    let front = ParetoFront.indices(of: points).map { points[$0] }
    #expect(Set(front) == expected && front.count == expected.count, "seed \(seed)")
    #expect(front.map(\.bytes) == front.map(\.bytes).sorted(), "seed \(seed)")
  }
}
