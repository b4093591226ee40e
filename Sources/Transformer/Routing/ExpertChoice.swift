import Glibc
import Model
import Numerics

/// The arithmetic of the routers that do more than a softmax and its largest probabilities, token
/// by token.
struct ExpertChoice {
  private let router: RouterSpec
  private let slots: Int
  private let kept: [Int]
  private let dropped: [Int]
  private let experts: Int
  private let correction: [Float]

  /// A choice of `slots` among the kept experts (ascending).
  init(router: RouterSpec, slots: Int, kept: [Int], experts: Int, correction: [Float]?) {
    self.router = router
    self.slots = slots
    self.kept = kept
    self.experts = experts
    self.correction = correction ?? Array(repeating: 0, count: experts)
    dropped = Set(0..<experts).subtracting(kept).sorted()
  }

  /// The experts and weights of all tokens, and the distribution of each.
  func apply(to logits: Matrix, _ probabilities: Matrix) -> (experts: [Int], weights: [Float]) {
    var experts: [Int] = []
    var weights: [Float] = []
    experts.reserveCapacity(logits.rows * slots)
    weights.reserveCapacity(logits.rows * slots)
    for token in 0..<logits.rows {
      var scores = logits.rows(token..<token + 1).array
      for expert in dropped { scores[expert] = -.infinity }
      var row = probabilities.mutableRow(token)
      for expert in scores.indices { row[expert] = scores[expert] }
      let chosen =
        switch router.kind {
        case .softmaxThenTopK(let renormalized):
          softmax(scores, &row, groups: nil, scale: 1, renormalized: renormalized)
        case .scaledSoftmax(let groups, let scale):
          softmax(scores, &row, groups: groups, scale: scale, renormalized: false)
        case .topKThenSoftmax: topKThenSoftmax(scores, &row)
        case .sigmoid(let groups, let renormalized, let scale):
          sigmoid(scores, &row, groups, renormalized, scale)
        case .sparseMixer(let jitter): sparseMixer(scores, &row, jitter)
        }
      experts += chosen.map(\.expert)
      weights += chosen.map(\.weight)
    }
    return (experts, weights)
  }
}

private typealias Chosen = [(expert: Int, weight: Float)]

// MARK: - Routers

extension ExpertChoice {
  private func softmax(
    _ logits: [Float], _ row: inout MutableSpan<Float>, groups: ExpertGroups?, scale: Float,
    renormalized: Bool
  ) -> Chosen {
    Softmax.apply(&row)
    var scores = Array(repeating: -Float.infinity, count: experts)
    for expert in kept { scores[expert] = row[expert] }
    if let groups { demote(&scores, outside: groups, ranking: 1) }
    let picked = largest(scores)
    let sum = renormalized ? picked.reduce(0) { $0 + row[$1] } : 1
    return picked.map { ($0, row[$0] / sum * scale) }
  }

  private func topKThenSoftmax(_ logits: [Float], _ row: inout MutableSpan<Float>) -> Chosen {
    Softmax.apply(&row)
    let picked = largest(logits)
    return Array(zip(picked, Self.softmax(picked.map { logits[$0] })))
  }

  private func sigmoid(
    _ logits: [Float], _ row: inout MutableSpan<Float>, _ groups: ExpertGroups?,
    _ renormalized: Bool, _ scale: Float
  ) -> Chosen {
    let sigmoids = logits.map(Routing.sigmoid)
    var scores = Array(repeating: -Float.infinity, count: experts)
    var total: Float = 0
    for expert in kept {
      scores[expert] = sigmoids[expert] + correction[expert]
      total += sigmoids[expert]
    }
    for expert in sigmoids.indices { row[expert] = total > 0 ? sigmoids[expert] / total : 0 }
    if let groups { demote(&scores, outside: groups, ranking: 2) }
    let picked = largest(scores)
    // The reference adds as much, against a division by 0.
    let divisor = renormalized ? picked.reduce(0) { $0 + sigmoids[$1] } + 1e-20 : 1
    return picked.map { ($0, sigmoids[$0] / divisor * scale) }
  }

  private func sparseMixer(
    _ logits: [Float], _ row: inout MutableSpan<Float>, _ jitter: Float
  ) -> Chosen {
    Softmax.apply(&row)
    var left = kept
    var chosen: Chosen = []
    for _ in 0..<slots {
      guard var best = left.first else { break }
      for expert in left where logits[expert] > logits[best] { best = expert }
      let top = logits[best]
      var sum: Float = 0
      for expert in left {
        let difference = top - logits[expert]
        let isNear = !(difference / max(abs(logits[expert]), top) > 2 * jitter)
        if isNear { sum += exp(-difference) }
      }
      chosen.append((best, 1 / sum))
      left.removeAll { $0 == best }
    }
    return chosen
  }
}

// MARK: - Parts

extension ExpertChoice {
  /// The `slots` kept experts with the largest scores, the largest first.
  private func largest(_ scores: [Float]) -> [Int] {
    let picked = TopK.indices(of: scores.span, count: slots).filter { scores[$0] > -.infinity }
    guard picked.count < slots else { return picked }
    // Kept experts whose score is not finite.
    return picked + kept.filter { !picked.contains($0) }.prefix(slots - picked.count)
  }

  /// Puts the kept experts of all groups but the picked ones behind all others; groups rank by their
  /// `ranking` largest scores together, equal ones in order.
  private func demote(_ scores: inout [Float], outside groups: ExpertGroups, ranking: Int) {
    let size = experts / groups.count
    let totals = (0..<groups.count).map { group in
      let members = scores[group * size..<(group + 1) * size].filter { $0 > -.infinity }
      return members.isEmpty
        ? -.infinity : members.sorted(by: >).prefix(ranking).reduce(0, +)
    }
    let picked = TopK.indices(of: totals.span, count: groups.picked)
    for group in 0..<groups.count where !picked.contains(group) {
      for expert in group * size..<(group + 1) * size where scores[expert] > -.infinity {
        scores[expert] = -Float.greatestFiniteMagnitude
      }
    }
  }

  private static func softmax(_ logits: [Float]) -> [Float] {
    let top = logits.max() ?? 0
    let powers = logits.map { exp($0 - top) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
