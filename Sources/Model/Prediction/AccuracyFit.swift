import Glibc

/// How a task's accuracy falls with the KL on its texts: `a / (1 + (KL / κ)^β)`, with `a` the original's.
///
/// κ and β are the likeliest on a grid, under a prior that says no more than that accuracy is lost
/// somewhere between a hundredth of a nat and ten.
struct AccuracyFit: Hashable, Sendable {
  /// Measurements without which nothing is said.
  static let least = 3

  private let original: Double
  private let halfway: Double
  private let steepness: Double
  /// Mean of `(measured - fitted)²` in units of what a coin of that accuracy spreads.
  private let dispersion: Double

  /// Fits measured plans; `nil` for too few.
  init?(original: Double, _ plans: [(kl: Double, accuracy: Double)]) {
    guard plans.count >= Self.least else { return nil }
    self.original = original
    var best = (loss: Double.infinity, halfway: 0.0, steepness: 1.0)
    for step in 0..<48 {
      let halfway = log(0.01) + Double(step) * 0.15
      for steepness in stride(from: 0.4, through: 4, by: 0.2) {
        let off = plans.reduce(0.0) { sum, plan in
          let error =
            plan.accuracy - Self.accuracy(plan.kl, original, exp(halfway), steepness)
          return sum + error * error / (2 * 0.05 * 0.05)
        }
        let prior = pow(halfway - log(0.4), 2) / (2 * 1.5 * 1.5) + pow(log(steepness / 1.3), 2) / 2
        if off + prior < best.loss { best = (off + prior, halfway, steepness) }
      }
    }
    halfway = exp(best.halfway)
    steepness = best.steepness
    let squares = plans.reduce(0.0) { sum, plan in
      let expected = Self.accuracy(plan.kl, original, exp(best.halfway), best.steepness)
      return sum + pow(plan.accuracy - expected, 2) / Self.variance(expected)
    }
    // Three measurements' worth of an expectation of a fifth of a coin's spread.
    dispersion = (3 * 0.04 + squares) / Double(plans.count + 3 - 2)
  }

  /// Accuracy and its standard error at a KL whose logarithm is off by `deviation`.
  func predict(kl: Double, deviation logDeviation: Double) -> (accuracy: Double, sigma: Double) {
    let middle = Self.accuracy(kl, original, halfway, steepness)
    let low = Self.accuracy(kl * exp(logDeviation), original, halfway, steepness)
    let high = Self.accuracy(kl * exp(-logDeviation), original, halfway, steepness)
    let spread = (high - low) / 2
    return (middle, (spread * spread + dispersion * Self.variance(middle)).squareRoot())
  }

  /// A coin's, and a little where accuracy is next to none or all.
  private static func variance(_ accuracy: Double) -> Double {
    accuracy * (1 - accuracy) + 0.005
  }

  private static func accuracy(
    _ kl: Double, _ original: Double, _ halfway: Double, _ steepness: Double
  ) -> Double {
    kl > 0 ? original / (1 + pow(kl / halfway, steepness)) : original
  }
}
