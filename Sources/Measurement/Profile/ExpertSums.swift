import Model

/// What a calibration pass sums for one expert.
struct ExpertSums: Hashable, Codable, Sendable {
  /// Tokens routed to it, by domain.
  var tokensByDomain: [Int]
  /// Σ over tokens of the router's probability.
  var mass = 0.0
  /// The same where selected.
  var selectedMass = 0.0
  /// Σ over routed tokens of the mixing weight.
  var weight = 0.0
  /// Σ over routed tokens of `|f_e(x)|`.
  var norm = 0.0
  /// Σ over routed tokens of `weight * |f_e(x)|`.
  var weightedNorm = 0.0
  /// Scores of gate, up and down.
  var weights: [WeightScores] = []

  init(domains: Int) { tokensByDomain = Array(repeating: 0, count: domains) }

  /// Tokens routed to it.
  var tokens: Int { tokensByDomain.reduce(0, +) }
}

extension ExpertProfile {
  /// The scores that the sums of one block's experts come to.
  ///
  /// - Parameters:
  ///   - index: the expert
  ///   - sums: of all experts of the block
  ///   - tokens: tokens that passed the block
  ///   - domains: names of the domains
  init(index: Int, of sums: [ExpertSums], tokens: Int, domains: [String]) {
    let own = sums[index]
    func share(_ count: (ExpertSums) -> Int) -> Double {
      let total = sums.reduce(0) { $0 + count($1) }
      return total == 0 ? 0 : Double(count(own)) / Double(total)
    }
    func mean(_ sum: Double) -> Double { own.tokens == 0 ? 0 : sum / Double(own.tokens) }
    var loadByDomain: [String: Double] = [:]
    for (domain, name) in domains.enumerated() {
      loadByDomain[name] = share { $0.tokensByDomain[domain] }
    }
    self.init(
      index: index, load: share(\.tokens), mass: own.mass / Double(max(1, tokens)),
      selectedMass: own.selectedMass / Double(max(1, tokens)), meanWeight: mean(own.weight),
      reap: mean(own.weightedNorm), ean: mean(own.norm), tokens: own.tokens,
      loadByDomain: loadByDomain,
      weightNorm: own.weights.reduce(0) { $0 + $1.squaredNorm }.squareRoot(),
      outliers: own.weights.map(\.outlier))
  }
}
