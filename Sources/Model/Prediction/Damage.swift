/// How much of a model's work a plan takes away, by kind: what a prediction is a function of.
///
/// Parts count by their importance in the profile (`1 - cosine`), experts by their share of their
/// layer's output (`load * REAP`), and bits by the error of a uniform quantiser, `4^-bits`, times
/// the linear's outlier score squared (its range in units of its mean). Neurons, zeros and merges
/// count by the share of the expert that goes.
struct Damage: Hashable, Sendable {
  /// The kinds, in the order of `amounts`.
  enum Kind: Int, CaseIterable {
    case experts, moeLayers, attention, bits
    /// Bits whose codes were found with calibration.
    case calibratedBits
    case neurons, zeros, merges
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
        addLinears(choice.attention, scores.attentionOutliers, scores.attentionImportance)
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
        let linears = choice.feedForward[expert.index * 3..<expert.index * 3 + 3]
        addLinears(Array(linears), expert.outliers, share)
        if let neurons = choice.neurons[expert.index] {
          self[.neurons] += share * (1 - Double(neurons.kept) / Double(neurons.width))
        }
        let sharing = choice.merges.isEmpty ? 1 : choice.sharing(expert.index).count
        self[.merges] += share * (1 - 1 / Double(sharing))
      }
    }
  }

  /// Adds what was done to the linears of a part that counts `share`, as the mean over them.
  private mutating func addLinears(
    _ linears: [LinearChoice], _ outliers: [Double], _ share: Double
  ) {
    let share = share / Double(max(1, linears.count))
    for (linear, outlier) in zip(linears, outliers) {
      if case .quantized(let quantization) = linear.precision {
        let kind: Kind = quantization.method.needsCalibration ? .calibratedBits : .bits
        self[kind] += share * outlier * outlier / Double(1 << (2 * quantization.bits))
      }
      if let sparsity = linear.sparsity { self[.zeros] += share * sparsity.pattern.ratio }
    }
  }
}
