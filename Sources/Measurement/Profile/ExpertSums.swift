import Model

/// What a calibration pass sums for one expert over the windows of one group.
struct ExpertSums: Hashable, Sendable {
  /// Tokens routed to it.
  var tokens = 0
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
  /// Σ over routed tokens of `probability * |f_e(x)|`.
  var probableNorm = 0.0

  static func += (left: inout Self, right: Self) {
    left.tokens += right.tokens
    left.mass += right.mass
    left.selectedMass += right.selectedMass
    left.weight += right.weight
    left.norm += right.norm
    left.weightedNorm += right.weightedNorm
    left.probableNorm += right.probableNorm
  }
}

extension ExpertSums {
  /// Numbers it is stored as.
  static let width = 7

  /// Its numbers, to be stored.
  var numbers: [Double] {
    [Double(tokens), mass, selectedMass, weight, norm, weightedNorm, probableNorm]
  }

  /// Reads `numbers`.
  init(numbers: ArraySlice<Double>) {
    let first = numbers.startIndex
    tokens = Int(exactly: numbers[first]) ?? 0
    mass = numbers[first + 1]
    selectedMass = numbers[first + 2]
    weight = numbers[first + 3]
    norm = numbers[first + 4]
    weightedNorm = numbers[first + 5]
    probableNorm = numbers[first + 6]
  }
}
