import Numerics

/// Making one expert of several.
public struct ExpertMerging: Sendable {
  /// Whether neurons are matched with those of the most frequent expert before weights are averaged
  /// (M-SMoE); HC-SMoE averages them as they lie.
  public var alignsNeurons: Bool

  /// Merging with or without matched neurons.
  public init(alignsNeurons: Bool) { self.alignsNeurons = alignsNeurons }

  /// The mean of some experts, weighted by how often each was used.
  ///
  /// Where none was used, all count the same. Merging equal experts gives exactly that expert, and with
  /// matched neurons also where their neurons lie in another order.
  ///
  /// - Parameters:
  ///   - experts: at least one, of the same shapes
  ///   - loads: not negative, one for each
  /// - Throws: `weightNotFinite`.
  /// - Returns: the merged expert, in memory of its own.
  public func merge(
    _ experts: [GatedExpert], loads: [Double]
  ) throws(CompressionProblem) -> GatedExpert {
    precondition(!experts.isEmpty && experts.count == loads.count, "a load for every expert")
    for expert in experts {
      guard expert.gate.isFinite, expert.up.isFinite, expert.down.isFinite else {
        throw .weightNotFinite
      }
    }
    let shares = Self.shares(of: loads)
    let base = shares.indices.max { (shares[$0], $1) < (shares[$1], $0) } ?? 0
    let others = experts.indices.filter { $0 != base && shares[$0] > 0 }
    let aligned = others.map { index in
      alignsNeurons ? Self.aligned(experts[index], to: experts[base]) : experts[index]
    }
    let weights = others.map { Float(shares[$0]) }
    return GatedExpert(
      gate: mean(experts[base].gate, aligned.map(\.gate), weights),
      up: mean(experts[base].up, aligned.map(\.up), weights),
      down: mean(experts[base].down, aligned.map(\.down), weights))
  }

  /// How much each expert counts: its share of the loads, or as much as any other where all are 0.
  static func shares(of loads: [Double]) -> [Double] {
    let total = loads.reduce(0, +)
    return loads.map { total > 0 ? $0 / total : 1 / Double(loads.count) }
  }

  /// The expert with its neurons in the order in which their gate and up rows lie closest to those of
  /// another, over all neurons together (an assignment problem, O(neurons³) at worst).
  public static func aligned(_ expert: GatedExpert, to base: GatedExpert) -> GatedExpert {
    let costs = Matrix(uninitialized: base.neurons, expert.neurons)
    // For a permutation the sum of squared distances is least where that of products is largest.
    costs.setProduct(base.gate, transposed: expert.gate, scale: -1)
    costs.setProduct(base.up, transposed: expert.up, scale: -1, accumulating: true)
    return expert.taking(Assignment.cheapest(costs))
  }

  /// `base + Σ w_i (x_i - base)`, which is exactly `base` where all are equal.
  private func mean(_ base: Matrix, _ others: [Matrix], _ weights: [Float]) -> Matrix {
    let result = Matrix(uninitialized: base.rows, base.columns)
    result.copy(from: base)
    let difference = Matrix(uninitialized: 1, base.columns)
    for (other, weight) in zip(others, weights) {
      for row in 0..<base.rows {
        var target = difference.mutableRow(0)
        target.update(repeating: 0)
        add(base.row(row), weight: -1, to: &target)
        add(other.row(row), to: &target)
        var sum = result.mutableRow(row)
        add(difference.row(0), weight: weight, to: &sum)
      }
    }
    return result
  }
}
