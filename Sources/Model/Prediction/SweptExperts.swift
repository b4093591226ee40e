import Glibc

/// What it costs to drop or merge experts of one MoE layer.
///
/// The costs of single experts were measured; how they act together follows from the layer's sketch:
/// with `e(S)` how far the layer's output moves without the experts `S`, dropping them costs
/// `Σ_S cost · (e(S) / Σ_S e)^α`. Two experts that stand in for each other cost more together than
/// apart, and tokens of dropped experts go where the router sends them then. `α` is fitted to the
/// sets of the layer that were measured.
struct SweptExperts: Sendable {
  /// Each expert's share of what rounding all of them costs.
  let shares: [Double]
  /// `[experts][channels]`: the cost of dropping one.
  private let costs: [[Double]]
  /// How far the output moves without one expert.
  private let errors: [Double]
  private let sketch: LayerSketch?
  private let router: RouterSpec
  private let channels: Int
  private let exponent: Double

  init(
    _ costs: [[Double]], _ router: RouterSpec, _ sketch: LayerSketch?, empty: BlockChoices,
    together: [Sensitivity], channels: Int
  ) {
    self.costs = costs
    self.router = router
    self.sketch = sketch
    self.channels = channels
    let errors = costs.indices.map { expert in
      sketch?.error(empty.dropping([expert]), router: router) ?? 0
    }
    self.errors = errors
    shares = Self.shares(costs.map { $0[0] }, errors)
    exponent = Self.exponent(costs.map { $0[0] }, errors, sketch, router, empty, together)
  }

  /// The mean of an expert's shares of the damage and of the movement; equal ones where both are 0.
  private static func shares(_ costs: [Double], _ errors: [Double]) -> [Double] {
    func normalized(_ values: [Double]) -> [Double] {
      let sum = values.reduce(0, +)
      return sum > 0
        ? values.map { $0 / sum } : values.map { _ in 1 / Double(max(1, values.count)) }
    }
    return zip(normalized(costs), normalized(errors)).map { ($0 + $1) / 2 }
  }

  /// Least squares of `ln(measured / Σ cost)` on `ln(e(S) / Σ e)`, drawn towards 1.
  private static func exponent(
    _ costs: [Double], _ errors: [Double], _ sketch: LayerSketch?, _ router: RouterSpec,
    _ empty: BlockChoices, _ together: [Sensitivity]
  ) -> Double {
    guard let sketch else { return 0 }
    var (products, squares) = (1.0, 1.0)
    for entry in together {
      guard case .experts(let set) = entry.probe.change else { continue }
      let alone = set.reduce(0) { $0 + costs[$1] }
      let apart = set.reduce(0) { $0 + errors[$1] }
      let moved = sketch.error(empty.dropping(set), router: router)
      guard alone > 0, apart > 0, moved > 0, entry.kl > 0 else { continue }
      let ratio = log(moved / apart)
      products += ratio * log(entry.kl / alone)
      squares += ratio * ratio
    }
    return min(max(products / squares, 0), 1.5)
  }

  /// Adds what the dropped and merged experts cost.
  func addDrops(_ choice: BlockChoices, to sum: inout PlanCosts) {
    let dropped = choice.expertDropped.indices.filter { choice.expertDropped[$0] }
    guard !dropped.isEmpty || !choice.merges.isEmpty else { return }
    let alone = (0..<channels).map { channel in
      dropped.reduce(0) { $0 + costs[$1][channel] }
    }
    guard let sketch else { return sum.add(alone, .experts) }
    let apart = dropped.reduce(0) { $0 + errors[$1] }
    var unmerged = choice
    unmerged.merges = []
    let moved =
      dropped.count == 1 ? apart : dropped.isEmpty ? 0 : sketch.error(unmerged, router: router)
    let together = apart > 0 && moved > 0 ? exp(exponent * log(moved / apart)) : 1
    sum.add(alone, .experts, times: together)
    guard !choice.merges.isEmpty else { return }
    // What merging moves beside is worth as much as what dropping all experts one by one moves.
    let further = max(0, sketch.error(choice, router: router) - moved)
    let total = errors.reduce(0, +)
    guard total > 0 else { return }
    let all = (0..<channels).map { channel in costs.reduce(0) { $0 + $1[channel] } }
    sum.add(all, .merges, times: further / total)
  }
}

extension BlockChoices {
  /// The same with some experts dropped.
  func dropping(_ experts: [Int]) -> BlockChoices {
    var choice = self
    for expert in experts { choice.expertDropped[expert] = true }
    return choice
  }
}
