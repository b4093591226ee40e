import Model
import Numerics

/// Turns the sums of a calibration pass into scores with their intervals.
struct ProfileScores: Sendable {
  /// Names of the domains.
  let domains: [String]
  let groups: WindowGroups
  let bootstrap: Bootstrap?

  /// The scores of a block.
  func block(_ index: Int, _ sums: BlockSums) -> BlockProfile {
    let all = sums.cosines.reduce(BlockSums.Cosines(), +)
    func importance(_ cosine: Double) -> Double { 1 - cosine / Double(max(1, all.tokens)) }
    return BlockProfile(
      index: index, blockImportance: importance(all.block),
      moeImportance: importance(all.feedForward), attentionImportance: importance(all.attention),
      intervals: bootstrap.map { intervals(sums.cosines, $0) },
      attentionOutliers: sums.attentionWeights.map(\.outlier),
      experts: experts(sums, tokens: all.tokens))
  }

  private func intervals(
    _ cosines: [BlockSums.Cosines], _ bootstrap: Bootstrap
  ) -> BlockProfile.Intervals {
    let columns: [(BlockSums.Cosines) -> Double] = [
      { Double($0.tokens) }, \.block, \.feedForward, \.attention,
    ]
    let sums = bootstrap.resampled(
      Matrix(
        rows: cosines.count, columns: columns.count,
        cosines.flatMap { group in columns.map { Float($0(group)) } }))
    func interval(_ column: Int) -> Interval {
      bootstrap.interval { 1 - Double(sums[$0, column]) / Double(max(1, sums[$0, 0])) }
    }
    return BlockProfile.Intervals(block: interval(1), moe: interval(2), attention: interval(3))
  }

  private func experts(_ sums: BlockSums, tokens: Int) -> [ExpertProfile] {
    let intervals = bootstrap.map { self.intervals(sums, $0) }
    let own = (0..<sums.expertCount).map { expert in
      groups.ofDomains.map { sums.sum(ofExpert: expert, groups: $0) }
    }
    let routed = groups.ofDomains.indices.map { domain in
      own.reduce(0) { $0 + $1[domain].tokens }
    }
    return own.enumerated().map { expert, byDomain in
      let sum = byDomain.reduce(into: ExpertSums()) { $0 += $1 }
      // Ten digits: more than float32 activations give, and half as long as a double.
      func ratio(_ part: Double, _ whole: Int) -> Double {
        whole == 0 ? 0 : (part / Double(whole)).rounded(digits: 10)
      }
      var loadByDomain: [String: Double] = [:]
      for (domain, name) in domains.enumerated() {
        loadByDomain[name] = ratio(Double(byDomain[domain].tokens), routed[domain])
      }
      let weights = sums.expertWeights[expert]
      return ExpertProfile(
        index: expert, load: ratio(Double(sum.tokens), routed.reduce(0, +)),
        mass: ratio(sum.mass, tokens), selectedMass: ratio(sum.selectedMass, tokens),
        meanWeight: ratio(sum.weight, sum.tokens), reap: ratio(sum.weightedNorm, sum.tokens),
        ean: ratio(sum.norm, sum.tokens), weightedEan: ratio(sum.probableNorm, sum.tokens),
        intervals: intervals?[expert], tokens: sum.tokens, loadByDomain: loadByDomain,
        weightNorm: weights.reduce(0) { $0 + $1.squaredNorm }.squareRoot().rounded(digits: 10),
        outliers: weights.map { $0.outlier.rounded(digits: 10) })
    }
  }

  /// The intervals of every expert of a block.
  private func intervals(
    _ sums: BlockSums, _ bootstrap: Bootstrap
  ) -> [ExpertProfile.Intervals] {
    let count = sums.expertCount
    func resampled(_ value: (ExpertSums) -> Double) -> Matrix {
      bootstrap.resampled(
        Matrix(rows: groups.count, columns: count, sums.experts.map { Float(value($0)) }))
    }
    let tokens = resampled { Double($0.tokens) }
    let (mass, norm) = (resampled(\.mass), resampled(\.norm))
    let weightedNorm = resampled(\.weightedNorm)
    let passed = bootstrap.resampled(
      Matrix(rows: groups.count, columns: 1, sums.cosines.map { Float($0.tokens) }))
    let routed = (0..<tokens.rows).map { Double(tokens.rows($0..<$0 + 1).array.reduce(0, +)) }
    return (0..<count).map { expert in
      func mean(_ sums: Matrix) -> Interval {
        bootstrap.interval { resample in
          let own = Double(tokens[resample, expert])
          return own == 0 ? 0 : Double(sums[resample, expert]) / own
        }
      }
      return ExpertProfile.Intervals(
        load: bootstrap.interval { Double(tokens[$0, expert]) / max(1, routed[$0]) },
        mass: bootstrap.interval { Double(mass[$0, expert]) / Double(max(1, passed[$0, 0])) },
        reap: mean(weightedNorm), ean: mean(norm))
    }
  }
}
