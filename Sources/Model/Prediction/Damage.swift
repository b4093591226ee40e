/// How much of a model's work a plan takes away, by kind, where no sweep has measured what that costs.
///
/// Parts count by their importance in the profile (`1 - cosine`), experts by their share of their
/// layer's output (`load * REAP`), and bits by the error of a uniform quantiser, `4^-bits`, times
/// the linear's outlier score squared (its range in units of its mean). Neurons, zeros and merges
/// count by the share of the expert that goes.
struct Damage: Hashable, Sendable {
  /// One amount per kind, in units of their own.
  private(set) var costs = PlanCosts(channels: 1)

  /// The damage of a plan's choices.
  init(_ choices: Choices, profile: Profile) {
    for (choice, scores) in zip(choices.blocks, profile.blocks) {
      if choice.keepsAttention {
        addLinears(choice.attention, scores.attentionOutliers, scores.attentionImportance)
      } else {
        costs.add([scores.attentionImportance], .attention)
      }
      if choice.keepsFeedForward {
        addExperts(choice, scores)
      } else {
        costs.add([scores.moeImportance], .moeLayers)
      }
    }
  }

  private mutating func addExperts(_ choice: BlockChoices, _ scores: BlockProfile) {
    let total = scores.experts.reduce(0) { $0 + $1.load * $1.reap }
    guard total > 0 else { return }
    for (expert, dropped) in zip(scores.experts, choice.expertDropped) {
      let share = scores.moeImportance * expert.load * expert.reap / total
      if dropped {
        costs.add([share], .experts)
      } else {
        let linears = choice.feedForward[expert.index * 3..<expert.index * 3 + 3]
        addLinears(Array(linears), expert.outliers, share)
        if let neurons = choice.neurons[expert.index] {
          let kind: CostKind = neurons.refit ? .refittedNeurons : .neurons
          costs.add([share * (1 - Double(neurons.kept) / Double(neurons.width))], kind)
        }
        let sharing = choice.merges.isEmpty ? 1 : choice.sharing(expert.index).count
        costs.add([share * (1 - 1 / Double(sharing))], .merges)
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
        let kind: CostKind = quantization.method.needsCalibration ? .calibratedBits : .bits
        costs.add([share * outlier * outlier / Double(1 << (2 * quantization.bits))], kind)
      }
      if let sparsity = linear.sparsity {
        let kind: CostKind = sparsity.method.needsCalibration ? .calibratedZeros : .zeros
        costs.add([share * sparsity.pattern.ratio], kind)
      }
    }
  }
}
