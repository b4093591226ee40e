import Model

/// What is summed over the targets of one window.
struct WindowSums: Hashable, Sendable {
  /// Targets scored.
  var targets = 0
  /// Σ negative log-likelihood, nats.
  var nats = 0.0
  /// Σ KL(original || plan), nats.
  var divergence = 0.0
  /// Targets where both give the same most likely token.
  var agreements = 0

  static func + (left: Self, right: Self) -> Self {
    WindowSums(
      targets: left.targets + right.targets, nats: left.nats + right.nats,
      divergence: left.divergence + right.divergence,
      agreements: left.agreements + right.agreements)
  }
}

/// A mean with the uncertainty that the spread between windows shows.
struct ClusteredMean {
  var mean: Double
  /// Half the width of the 95 % interval; 0 where a single window leaves it unknown.
  var margin: Double

  /// The mean per target of `value`, over groups (domains) of windows.
  ///
  /// Tokens of one window are not independent, so the windows are the sample: within each group the
  /// variance of the windows' means gives the error, groups add up by their share of targets, and
  /// Student's t takes the few windows into account.
  init(_ groups: [[WindowSums]], _ value: (WindowSums) -> Double) {
    let total = groups.joined().reduce(0.0) { $0 + Double($1.targets) }
    var mean = 0.0
    var variance = 0.0
    var freedom = 0
    for group in groups {
      let targets = group.reduce(0.0) { $0 + Double($1.targets) }
      guard targets > 0 else { continue }
      let groupMean = group.reduce(0.0) { $0 + value($1) } / targets
      let share = targets / total
      mean += share * groupMean
      guard group.count > 1 else { continue }
      let spread = group.reduce(0.0) { sum, window in
        let weight = Double(window.targets) * Double(group.count) / targets
        let deviation = weight * (value(window) / Double(window.targets) - groupMean)
        return sum + deviation * deviation
      }
      let count = Double(group.count)
      variance += share * share * spread / (count * (count - 1))
      freedom += group.count - 1
    }
    self.mean = mean
    margin =
      freedom > 0
      ? StudentT.quantile975(degreesOfFreedom: freedom) * variance.squareRoot() : 0
  }
}

extension DomainEvaluation {
  /// The figures of windows, grouped by domain.
  init(name: String, windows groups: [[WindowSums]]) {
    let sums = groups.joined().reduce(WindowSums(), +)
    let nats = ClusteredMean(groups, \.nats)
    let divergence = ClusteredMean(groups, \.divergence)
    self.init(
      name: name, tokens: sums.targets, perplexity: exponential(nats.mean),
      perplexityInterval: Interval(
        low: exponential(nats.mean - nats.margin), high: exponential(nats.mean + nats.margin)),
      kl: divergence.mean,
      klInterval: Interval(
        low: max(0, divergence.mean - divergence.margin),
        high: divergence.mean + divergence.margin),
      top1Agreement: sums.targets == 0 ? 0 : Double(sums.agreements) / Double(sums.targets))
  }
}
