/// The kinds of changes whose costs a prediction weighs apart: what is fitted is one factor for each.
enum CostKind: Int, CaseIterable, Sendable {
  case experts, moeLayers, attention, blocks
  /// Codes rounded to nearest.
  case bits
  /// Codes found with calibration.
  case calibratedBits
  /// Inputs rounded while the model runs.
  case activations
  case neurons, refittedNeurons
  case zeros, calibratedZeros
  case merges

  static let count = allCases.count
}

/// What the changes of a plan, or of one block of it, cost by kind, each as if it were alone.
///
/// `channels` are all tokens together and then each domain of the sweep.
struct PlanCosts: Hashable, Sendable {
  /// `[channels, kinds]`.
  private(set) var amounts: [Double]
  let channels: Int

  /// Nothing costs anything.
  init(channels: Int) {
    self.channels = channels
    amounts = Array(repeating: 0, count: channels * CostKind.count)
  }

  /// The costs by kind in one channel.
  subscript(channel: Int) -> ArraySlice<Double> {
    amounts[channel * CostKind.count..<(channel + 1) * CostKind.count]
  }

  /// Adds a cost of a kind, by channel, times a factor.
  mutating func add(_ costs: [Double], _ kind: CostKind, times factor: Double = 1) {
    for channel in 0..<channels {
      amounts[channel * CostKind.count + kind.rawValue] += factor * costs[channel]
    }
  }

  /// Adds another plan's costs.
  mutating func add(_ other: PlanCosts) {
    for index in amounts.indices { amounts[index] += other.amounts[index] }
  }

  /// Whether nothing costs anything.
  var isZero: Bool { !amounts.contains { $0 > 0 } }
}
