import Compression
import Numerics
import TestSupport
import Testing

struct MergingTests {
  private func same(_ x: GatedExpert, _ y: GatedExpert) -> Bool {
    difference(x.gate, y.gate) == 0 && difference(x.up, y.up) == 0
      && difference(x.down, y.down) == 0
  }

  @Test func `merging equal experts is the identity, whatever their loads`() throws {
    for seed in 1...6 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let neurons = Int.random(in: 1...40, using: &random)
      let expert = random.expert(neurons: neurons, hidden: Int.random(in: 1...20, using: &random))
      let count = Int.random(in: 1...5, using: &random)
      let loads = (0..<count).map { _ in Double.random(in: 0...1, using: &random) }
      let order = Array(0..<neurons).shuffled(using: &random)
      for alignsNeurons in [false, true] {
        let copies = (0..<count).map { $0 == 0 ? expert : expert.taking(Array(0..<neurons)) }
        let merged = try ExpertMerging(alignsNeurons: alignsNeurons).merge(copies, loads: loads)
        #expect(same(merged, expert), "seed \(seed)")
      }
      // The same expert with its neurons in another order: matched, it changes nothing.
      let merged = try ExpertMerging(alignsNeurons: true)
        .merge([expert, expert.taking(order)], loads: [0.6, 0.4])
      #expect(same(merged, expert), "seed \(seed)")
    }
  }

  @Test func `weights are averaged by load, and equally where nothing was used`() throws {
    func expert(_ value: Float) -> GatedExpert {
      let matrix = Matrix(rows: 1, columns: 1, repeating: value)
      return GatedExpert(gate: matrix, up: matrix.copied, down: matrix.copied)
    }
    let merging = ExpertMerging(alignsNeurons: false)
    let experts = [expert(1), expert(5)]
    #expect(try merging.merge(experts, loads: [3, 1]).gate.array == [2])
    #expect(try merging.merge(experts, loads: [0, 0]).down.array == [3])
    #expect(try merging.merge(experts, loads: [0, 2]).up.array == [5])
    #expect(throws: CompressionProblem.weightNotFinite) {
      try merging.merge([expert(1), expert(.nan)], loads: [1, 1])
    }
  }

  @Test func `clustering joins what is alike first and stops at the count`() throws {
    let outputs = Matrix(rows: 5, columns: 2, [0, 1, 10, 0, 0, 1.1, 10, 0.3, -50, 0])
    let clustering = HierarchicalClustering()
    #expect(try clustering.groups(outputs, count: 5).groups.count == 5)
    #expect(try clustering.groups(outputs, count: 3).groups == [[0, 2], [1, 3], [4]])
    #expect(try clustering.groups(outputs, count: 2).groups == [[0, 1, 2, 3], [4]])
    let groups = try clustering.groups(outputs, count: 3)
    #expect(groups.groupOfExpert == [0, 1, 0, 1, 2] && groups.experts == 5)
    let cosine = HierarchicalClustering(distance: .cosine)
    #expect(try cosine.groups(outputs, count: 3).groups == [[0, 2], [1, 3], [4]])
    for count in [0, 6] {
      #expect(throws: CompressionProblem.expertsOutOfRange(kept: count, experts: 5)) {
        try clustering.groups(outputs, count: count)
      }
    }
  }

  @Test func `linkage is the mean over pairs, and permuted experts give permuted groups`() throws {
    for seed in 1...8 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let experts = Int.random(in: 2...14, using: &random)
      let count = Int.random(in: 1...experts, using: &random)
      let outputs = random.matrix(experts, 6)
      let groups = try HierarchicalClustering().groups(outputs, count: count)
      #expect(groups.groups == naive(outputs, count), "seed \(seed)")
      let order = Array(0..<experts).shuffled(using: &random)
      let permuted = Matrix(uninitialized: experts, 6)
      permuted.gather(order[...], from: outputs)
      let back = try HierarchicalClustering().groups(permuted, count: count).groups
      #expect(Set(back.map { Set($0.map { order[$0] }) }) == Set(groups.groups.map { Set($0) }))
    }
  }

  /// Average linkage from its definition.
  private func naive(_ outputs: Matrix, _ count: Int) -> [[Int]] {
    func distance(_ x: Int, _ y: Int) -> Double {
      ExpertGroupsOracle.distance(outputs, x, y)
    }
    var groups = (0..<outputs.rows).map { [$0] }
    while groups.count > count {
      var (best, least) = ((0, 0), Double.infinity)
      for a in groups.indices {
        for b in groups.indices where a < b {
          let pairs = groups[a].flatMap { x in groups[b].map { distance(x, $0) } }
          let mean = pairs.reduce(0, +) / Double(pairs.count)
          if mean < least { (best, least) = ((a, b), mean) }
        }
      }
      groups[best.0] += groups.remove(at: best.1)
    }
    return groups.map { $0.sorted() }.sorted { $0[0] < $1[0] }
  }

  @Test func `dominant experts have the largest loads, others join the most similar router row`()
    throws
  {
    let router = Matrix(rows: 4, columns: 2, [1, 0, 0, 1, 0.9, 0.1, 0.2, 2])
    let groups = try DominantExperts.groups(
      router: router, loads: [0.1, 0.4, 0.4, 0.1], count: 2)
    #expect(groups.groups == [[0, 2], [1, 3]])
    let ties = try DominantExperts.groups(router: router, loads: [1, 1, 1, 1], count: 1)
    #expect(ties.groups == [[0, 1, 2, 3]])
    #expect(throws: CompressionProblem.expertsOutOfRange(kept: 5, experts: 4)) {
      try DominantExperts.groups(router: router, loads: [1, 1, 1, 1], count: 5)
    }
  }

  @Test func `merging a layer leaves one expert a group, and fewer weights to store`() throws {
    var random = SeededGenerator(seed: 3)
    let experts = (0..<8).map { _ in random.expert(neurons: 6, hidden: 4) }
    let groups = try HierarchicalClustering().groups(random.matrix(8, 4), count: 3)
    let merged = try groups.groups.map { members in
      try ExpertMerging(alignsNeurons: true)
        .merge(members.map { experts[$0] }, loads: members.map { Double($0 + 1) })
    }
    func weights(_ experts: [GatedExpert]) -> Int {
      experts.reduce(0) { $0 + $1.gate.count + $1.up.count + $1.down.count }
    }
    #expect(merged.count == 3 && weights(merged) * 8 == weights(experts) * 3)
    #expect(Set(groups.groupOfExpert) == [0, 1, 2] && groups.groupOfExpert.count == 8)
  }
}

/// Distances in float64.
private enum ExpertGroupsOracle {
  static func distance(_ outputs: Matrix, _ x: Int, _ y: Int) -> Double {
    (0..<outputs.columns).reduce(0) { sum, column in
      let difference = Double(outputs[x, column]) - Double(outputs[y, column])
      return sum + difference * difference
    }.squareRoot()
  }
}
