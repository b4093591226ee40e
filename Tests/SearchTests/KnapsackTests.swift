import Numerics
import Search
import Testing

struct KnapsackTests {
  /// The best choice, by trying every one.
  private func best(_ classes: [[Knapsack.Item]], limit: Int) -> Double? {
    var sums = [(cost: 0, loss: 0.0)]
    for items in classes {
      sums = sums.flatMap { sum in items.map { (sum.cost + $0.cost, sum.loss + $0.loss) } }
    }
    return sums.filter { $0.cost <= limit }.map(\.loss).min()
  }

  private func classes(using random: inout SeededGenerator) -> [[Knapsack.Item]] {
    (0..<Int.random(in: 1...6, using: &random)).map { _ in
      (0..<Int.random(in: 1...5, using: &random)).map { _ in
        Knapsack.Item(
          cost: Int.random(in: -5...40, using: &random),
          loss: Double(Int.random(in: 0...50, using: &random)) / 10)
      }
    }
  }

  @Test func `no choice of random small classes beats the one it finds`() {
    for seed in 0..<300 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      let classes = classes(using: &random)
      let knapsack = Knapsack(classes)
      for limit in [knapsack.leastCost - 1, knapsack.leastCost, 20, 60, 500] {
        let found = knapsack.solve(limit: limit)
        let best = best(classes, limit: limit)
        #expect((found == nil) == (best == nil), "seed \(seed), limit \(limit)")
        guard let found, let best else { continue }
        #expect(abs(found.loss - best) < 1e-9, "seed \(seed), limit \(limit)")
        #expect(found.cost <= limit && found.isExact, "seed \(seed), limit \(limit)")
        let items = zip(classes, found.items).map { $0[$1] }
        #expect(items.reduce(0) { $0 + $1.cost } == found.cost, "seed \(seed)")
      }
    }
  }

  @Test func `with few states it still keeps to the limit, and says that it may not be the best`() {
    var random = SeededGenerator(seed: 7)
    let classes = (0..<40).map { _ in
      (0..<30).map { _ in
        Knapsack.Item(
          cost: Int.random(in: 0...100_000, using: &random),
          loss: Double.random(in: 0...1, using: &random))
      }
    }
    let exact = Knapsack(classes).solve(limit: 300_000, states: 100_000)
    let rough = Knapsack(classes).solve(limit: 300_000, states: 1)
    #expect((exact?.cost ?? .max) <= 300_000 && (rough?.cost ?? .max) <= 300_000)
    #expect(exact?.isExact == true && rough?.isExact == false)
    #expect((exact?.loss ?? 1) <= (rough?.loss ?? 0))
  }
}
