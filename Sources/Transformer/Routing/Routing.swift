import Glibc
import Model
import Numerics

/// Which experts each token goes to, and how much each counts.
public struct Routing: Sendable {
  /// Experts of a token: the router's `k`, or fewer where fewer are kept.
  public let slots: Int
  /// `[tokens · slots]`: the chosen experts, as indices of the untouched checkpoint, a token's
  /// likeliest first.
  public let experts: [Int]
  /// `[tokens · slots]`: the weights the model mixes them with.
  public let weights: [Float]
  /// `[tokens, experts]`: the distribution over all experts; 0 for dropped ones.
  ///
  /// The softmax of the logits, or for a sigmoid router the sigmoids over their sum.
  public let probabilities: Matrix

  /// Number of tokens.
  public var tokens: Int { probabilities.rows }

  /// The experts of one token, the likeliest first.
  public func experts(of token: Int) -> ArraySlice<Int> {
    experts[token * slots..<(token + 1) * slots]
  }

  /// The weights of one token's experts.
  public func weights(of token: Int) -> ArraySlice<Float> {
    weights[token * slots..<(token + 1) * slots]
  }

  /// Routes by the router's logits `[tokens, experts]`, among the kept experts (ascending).
  ///
  /// The one implementation of every `RouterKind`. `correction` holds what joins the choice of each
  /// expert, for routers that have it.
  public init(logits: Matrix, router: RouterSpec, kept: [Int], correction: [Float]? = nil) {
    let probabilities = Matrix(uninitialized: logits.rows, logits.columns)
    self.init(
      logits: logits, router: router, kept: kept, correction: correction,
      probabilities: probabilities)
  }

  /// Joins the routings of consecutive tiles of tokens; `probabilities` covers all of them.
  init(joining tiles: [Routing], probabilities: Matrix) {
    slots = tiles.first?.slots ?? 0
    experts = tiles.flatMap(\.experts)
    weights = tiles.flatMap(\.weights)
    self.probabilities = probabilities
  }

  /// As above, with a place for the probabilities.
  init(
    logits: Matrix, router: RouterSpec, kept: [Int], correction: [Float]?, probabilities: Matrix
  ) {
    slots = min(router.expertsPerToken, kept.count)
    switch router.kind {
    case .softmaxThenTopK(let renormalized):
      (experts, weights) = Self.softmaxThenTopK(
        logits, slots: slots, renormalized: renormalized, kept: kept, probabilities)
    default:
      let choice = ExpertChoice(
        router: router, slots: slots, kept: kept, experts: logits.columns, correction: correction)
      (experts, weights) = choice.apply(to: logits, probabilities)
    }
    self.probabilities = probabilities
  }

  /// `1 / (1 + exp(-x))`.
  static func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
}

// MARK: - Arithmetic

extension Routing {
  private static func softmaxThenTopK(
    _ logits: Matrix, slots: Int, renormalized: Bool, kept: [Int], _ probabilities: Matrix
  ) -> (experts: [Int], weights: [Float]) {
    var experts: [Int] = []
    var weights: [Float] = []
    experts.reserveCapacity(logits.rows * slots)
    weights.reserveCapacity(logits.rows * slots)
    let dropped = Set(0..<logits.columns).subtracting(kept).sorted()
    probabilities.copy(from: logits)
    for token in 0..<logits.rows {
      var row = probabilities.mutableRow(token)
      for expert in dropped { row[expert] = -.infinity }
      Softmax.apply(&row)
      appendTopK(row.span, slots: slots, kept: kept, to: &experts)
      var sum: Float = 0
      for slot in experts.count - slots..<experts.count { sum += row[experts[slot]] }
      let divisor = renormalized ? sum : 1
      for slot in experts.count - slots..<experts.count {
        weights.append(row[experts[slot]] / divisor)
      }
    }
    return (experts, weights)
  }

  /// A kept expert whose probability underflowed to 0 ties with the dropped ones, so the choice
  /// must leave those out.
  private static func appendTopK(
    _ row: Span<Float>, slots: Int, kept: [Int], to experts: inout [Int]
  ) {
    let start = experts.count
    TopK.append(row, count: slots, to: &experts)
    guard kept.count < row.count, slots > 0, row[experts[experts.count - 1]] == 0 else { return }
    let picked = experts[start...].filter { row[$0] > 0 }
    let rest = kept.filter { row[$0] == 0 }
    experts.replaceSubrange(start..., with: (picked + rest).prefix(slots))
  }
}
