/// What a measurement says about the losses that were expected.
struct LossObservation: Sendable {
  /// What was expected, by kind, before weights.
  var losses: LossModel.Losses
  /// What was measured, nats per token.
  var measured: Double
}

extension LossModel {
  /// Fits the weights of the kinds of change to measurements.
  ///
  /// Minimises `Σ_i (x_i · w / kl_i - 1)² + ridge * Σ_k (w_k - mean)²` over weights that are not
  /// negative, one weight after the other; `mean` is the one weight for all kinds that fits best.
  mutating func fit(to observations: [LossObservation]) {
    let rows = observations.filter { $0.measured > 0 }.map { $0.losses / $0.measured }
    guard !rows.isEmpty else { return }
    let sums = rows.map { $0.sum() }
    let squares = sums.reduce(0) { $0 + $1 * $1 }
    guard squares > 0 else { return }
    let mean = sums.reduce(0, +) / squares
    weights = Losses(repeating: mean)
    let ridge = 0.05 / max(mean * mean, 1e-12)
    for _ in 0..<60 {
      for kind in 0..<Losses.scalarCount {
        var numerator = ridge * mean
        var denominator = ridge
        for row in rows {
          let rest = (row * weights).sum() - row[kind] * weights[kind]
          numerator += row[kind] * (1 - rest)
          denominator += row[kind] * row[kind]
        }
        weights[kind] = max(numerator / denominator, 0.05 * mean)
      }
    }
  }

  /// How far off predictions of measured plans are, relative to what was measured; as much as the
  /// figure itself where less than three were.
  func relativeError(of observations: [LossObservation]) -> Double {
    let errors = observations.filter { $0.measured > 0 }.map {
      ($0.losses * weights).sum() / $0.measured - 1
    }
    guard errors.count > 2 else { return 1 }
    return (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
  }
}
