import Numerics
import TestSupport
import Testing

struct SelectionTests {
  @Test func `the threshold is that of sorting, with ties counted`() {
    for seed in 1...30 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let count = Int.random(in: 1...300, using: &random)
      let coarse = Bool.random(using: &random)
      let elements = (0..<count).map { _ in
        coarse
          ? Float(Int.random(in: 0...6, using: &random)) : Float.random(in: 0...9, using: &random)
      }
      let wanted = Int.random(in: 1...count, using: &random)
      let smallest = SmallestElements(count: wanted, of: elements.span)
      let sorted = elements.sorted()
      #expect(smallest.threshold == sorted[wanted - 1], "seed \(seed)")
      #expect(
        smallest.equal == wanted - elements.count { $0 < smallest.threshold }, "seed \(seed)")
    }
  }

  @Test func `an assignment costs as little as the best of all permutations`() {
    for seed in 1...60 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let size = Int.random(in: 1...6, using: &random)
      let costs = Matrix(
        rows: size, columns: size,
        (0..<size * size).map { _ in
          seed.isMultiple(of: 3)
            ? Float(Int.random(in: 0...3, using: &random)) : .random(in: -5...5, using: &random)
        })
      let assignment = Assignment.cheapest(costs)
      #expect(assignment.sorted() == Array(0..<size), "seed \(seed)")
      func cost(_ columns: [Int]) -> Float {
        columns.indices.reduce(0) { $0 + costs[$1, columns[$1]] }
      }
      let best = permutations(Array(0..<size)).map(cost).min() ?? 0
      #expect(abs(cost(assignment) - best) < 1e-4, "seed \(seed)")
    }
  }

  private func permutations(_ elements: [Int]) -> [[Int]] {
    guard elements.count > 1 else { return [elements] }
    return elements.flatMap { first in
      permutations(elements.filter { $0 != first }).map { [first] + $0 }
    }
  }

  @Test func `a large assignment finds a hidden permutation among noise`() {
    var random = SeededGenerator(seed: 5)
    let size = 200
    let order = Array(0..<size).shuffled(using: &random)
    let costs = Matrix(
      rows: size, columns: size,
      (0..<size * size).map { _ in Float.random(in: 1...2, using: &random) })
    for (row, column) in order.enumerated() { costs[row, column] = 0.5 }
    #expect(Assignment.cheapest(costs) == order)
  }
}
