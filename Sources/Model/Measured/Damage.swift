/// How much of a model's work a plan takes away, by kind: what a prediction is a function of.
///
/// Parts count by their importance in the profile (`1 - cosine`), experts by their share of their
/// layer's output (`load * REAP`), and bits by the error of a uniform quantiser, `4^-bits`, times
/// the linear's outlier score squared (its range in units of its mean).
struct Damage: Hashable, Sendable {
  /// The kinds, in the order of `amounts`.
  enum Kind: Int, CaseIterable {
    case experts, moeLayers, attention, bits
  }

  /// One amount per kind; 0 for nothing.
  var amounts = Array(repeating: 0.0, count: Kind.allCases.count)

  subscript(kind: Kind) -> Double {
    get { amounts[kind.rawValue] }
    set { amounts[kind.rawValue] = newValue }
  }

  /// The damage of a plan's choices.
  init(_ choices: Choices, profile: Profile) {
    for (choice, scores) in zip(choices.blocks, profile.blocks) {
      if choice.keepsAttention {
        self[.bits] += Self.roundingOfAttention(choice, scores)
      } else {
        self[.attention] += scores.attentionImportance
      }
      if choice.keepsFeedForward {
        addExperts(choice, scores)
      } else {
        self[.moeLayers] += scores.moeImportance
      }
    }
  }

  private mutating func addExperts(_ choice: BlockChoices, _ scores: BlockProfile) {
    let total = scores.experts.reduce(0) { $0 + $1.load * $1.reap }
    guard total > 0 else { return }
    for (expert, dropped) in zip(scores.experts, choice.expertDropped) {
      let share = scores.moeImportance * expert.load * expert.reap / total
      if dropped {
        self[.experts] += share
      } else {
        let precisions = choice.precisions(ofExpert: expert.index)
        self[.bits] += share * Self.rounding(precisions, expert.outliers)
      }
    }
  }

  private static func roundingOfAttention(
    _ choice: BlockChoices, _ scores: BlockProfile
  ) -> Double {
    scores.attentionImportance
      * rounding(choice.attention.map(\.precision), scores.attentionOutliers)
  }

  /// Mean over linears of `4^-bits * outlier²`.
  private static func rounding(
    _ precisions: [Precision], _ outliers: [Double]
  ) -> Double {
    var sum = 0.0
    for (precision, outlier) in zip(precisions, outliers) {
      if let bits = precision.bits { sum += outlier * outlier / Double(1 << (2 * bits)) }
    }
    return sum / Double(max(1, precisions.count))
  }
}
