/// How many of a MoE layer's experts a batch of tokens needs.
///
/// A token picks `k` of the kept experts. With the share `p_e` of the tokens' slots that expert `e` gets
/// (router load; uniform without a profile), a token picks it with probability `q_e = k p_e`, and `n`
/// tokens that pick independently need it with probability `1 − (1 − q_e)^n`. Where `k p_e` exceeds 1,
/// a token picks the expert always, and what is over is shared out among the others.
public struct ExpertReading: Hashable, Sendable {
  /// `[experts]`: the probability that a token picks each expert; 0 for dropped ones.
  public let picks: [Double]

  /// The picks of one token.
  ///
  /// - Parameters:
  ///   - shares: `[experts]`, each at least 0
  ///   - dropped: `[experts]`
  ///   - expertsPerToken: `k`
  public init(shares: [Double], dropped: [Bool], expertsPerToken: Int) {
    let kept = dropped.indices.filter { !dropped[$0] }
    var picks = Array(repeating: 0.0, count: dropped.count)
    var open = kept
    var slots = Double(min(expertsPerToken, kept.count))
    while slots > 0, !open.isEmpty {
      let total = open.reduce(0) { $0 + shares[$1] }
      // Experts no calibration token reached are picked when nothing else is left.
      func share(_ expert: Int) -> Double {
        total > 0 ? shares[expert] / total : 1 / Double(open.count)
      }
      let certain = open.filter { slots * share($0) >= 1 }
      guard !certain.isEmpty else {
        for expert in open { picks[expert] = slots * share(expert) }
        break
      }
      for expert in certain { picks[expert] = 1 }
      slots -= Double(certain.count)
      open.removeAll { picks[$0] == 1 }
    }
    self.picks = picks
  }

  /// The probability that `tokens` tokens need weights that some experts share.
  public func isNeeded(_ experts: [Int], byTokens tokens: Int) -> Double {
    var unpicked = 1.0
    for expert in experts { unpicked *= 1 - picks[expert] }
    return 1 - power(unpicked, tokens)
  }

  /// Expected number of experts that `tokens` tokens need, each with weights of its own.
  public func distinct(tokens: Int) -> Double {
    picks.indices.reduce(0) { $0 + isNeeded([$1], byTokens: tokens) }
  }

  /// `base` to a whole exponent, by squaring.
  private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, left) = (1.0, base, exponent)
    while left > 0 {
      if left & 1 == 1 { result *= square }
      square *= square
      left >>= 1
    }
    return result
  }
}
