import Foundation
import Model

/// Every router's definition, spelled out in float64 with sorted lists.
public enum NaiveRouter {
  /// What a router says about one token.
  public struct Chosen {
    /// The experts, the likeliest first.
    public var experts: [Int]
    /// The weight of each.
    public var weights: [Double]
  }

  private static func softmax(_ x: [Double]) -> [Double] {
    let top = x.max() ?? 0
    let powers = x.map { exp($0 - top) }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  /// The kept experts of the best groups, by the sum of their `ranking` best scores.
  private static func allowed(
    _ scores: [Int: Double], _ groups: ExpertGroups?, experts: Int, ranking: Int
  ) -> [Int] {
    guard let groups else { return scores.keys.sorted() }
    let size = experts / groups.count
    let members = Dictionary(grouping: scores.keys, by: { $0 / size })
    let order = members.keys.sorted { left, right in
      func rank(_ group: Int) -> Double {
        (members[group] ?? []).compactMap { scores[$0] }.sorted(by: >).prefix(ranking).reduce(0, +)
      }
      return rank(left) > rank(right)
    }
    return order.prefix(groups.picked).flatMap { members[$0] ?? [] }
  }

  private static func best(_ scores: [Int: Double], of allowed: [Int], count: Int) -> [Int] {
    Array(allowed.sorted { (scores[$0] ?? 0, $1) > (scores[$1] ?? 0, $0) }.prefix(count))
  }

  /// The experts of one token and their weights, among the kept ones.
  public static func choose(
    _ logits: [Double], _ router: RouterSpec, kept: [Int], correction: [Double]
  ) -> Chosen {
    let count = router.expertsPerToken
    let probabilities = Dictionary(
      uniqueKeysWithValues: zip(kept, softmax(kept.map { logits[$0] })))
    let raw = Dictionary(uniqueKeysWithValues: kept.map { ($0, logits[$0]) })
    func weights(_ experts: [Int]) -> [Double] { experts.map { probabilities[$0] ?? 0 } }
    switch router.kind {
    case .softmaxThenTopK(let renormalized):
      let experts = best(probabilities, of: kept, count: count)
      let sum = renormalized ? weights(experts).reduce(0, +) : 1
      return Chosen(experts: experts, weights: weights(experts).map { $0 / sum })
    case .topKThenSoftmax:
      let experts = best(raw, of: kept, count: count)
      return Chosen(experts: experts, weights: softmax(experts.map { logits[$0] }))
    case .scaledSoftmax(let groups, let scale):
      let inside = allowed(probabilities, groups, experts: logits.count, ranking: 1)
      let experts = best(probabilities, of: inside, count: count)
      return Chosen(experts: experts, weights: weights(experts).map { $0 * Double(scale) })
    case .sigmoid(let groups, let renormalized, let scale):
      let sigmoids = raw.mapValues { 1 / (1 + exp(-$0)) }
      let scores = Dictionary(
        uniqueKeysWithValues: sigmoids.map { ($0.key, $0.value + correction[$0.key]) })
      let inside = allowed(scores, groups, experts: logits.count, ranking: 2)
      let experts = best(scores, of: inside, count: count)
      let own = experts.map { sigmoids[$0] ?? 0 }
      let sum = renormalized ? own.reduce(0, +) : 1
      return Chosen(experts: experts, weights: own.map { $0 / sum * Double(scale) })
    case .sparseMixer(let jitter):
      var left = kept
      var chosen = Chosen(experts: [], weights: [])
      for _ in 0..<count {
        let top = best(raw, of: left, count: 1)[0]
        let near = left.filter {
          (logits[top] - logits[$0]) / max(abs(logits[$0]), logits[top]) <= 2 * Double(jitter)
        }
        let sum = near.reduce(0) { $0 + exp(logits[$1] - logits[top]) }
        chosen.experts.append(top)
        chosen.weights.append(1 / sum)
        left.removeAll { $0 == top }
      }
      return chosen
    }
  }
}
