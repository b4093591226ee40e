import Glibc

/// One plan whose costs are known, with what it was measured to lose.
struct CostObservation: Hashable, Sendable {
  /// By kind, in nats or units of their own.
  var costs: [Double]
  /// `KL(original || plan)`, nats; above 0.
  var kl: Double
  /// Whether it was measured on the evaluation texts, and not on those of the sweep.
  var isOnEvaluationTexts: Bool
}

/// What is believed of the factors before anything was measured.
struct CostPrior: Hashable, Sendable {
  /// Mean and standard deviation of the logarithm of each kind's factor.
  var factors: [(mean: Double, deviation: Double)]
  /// Standard deviation of the logarithm of the factor common to all kinds.
  var common: Double
  /// Standard deviation of the logarithm of the factor between the two kinds of texts.
  var texts: Double
  /// Expected standard deviation of `ln(measured / predicted)`, and how many measurements that
  /// expectation is worth.
  var noise: (deviation: Double, weight: Double)

  /// For costs measured in nats.
  ///
  /// All are expected to hold as they are, but for methods that the sweep does not try. Their factors start where our own studies of them stand, with room for being wrong.
  static let swept: CostPrior = {
    var prior = CostPrior(
      factors: Array(repeating: (0, 0.3), count: CostKind.count), common: 0.2, texts: 0.15,
      noise: (0.2, 8))
    prior.factors[CostKind.calibratedBits.rawValue] = (-0.4, 0.4)
    prior.factors[CostKind.refittedNeurons.rawValue] = (-0.25, 0.4)
    prior.factors[CostKind.calibratedZeros.rawValue] = (-0.2, 0.5)
    prior.factors[CostKind.zeros.rawValue] = (0, 0.5)
    prior.factors[CostKind.merges.rawValue] = (-0.7, 0.7)
    prior.factors[CostKind.activations.rawValue] = (0, 1)
    return prior
  }()

  /// For costs of which most were propagated: how far they are from measured ones, as
  /// `lathe sweep demo --check` tells (`sd of ln ratio`), comes on top.
  static let propagated: CostPrior = {
    var prior = swept
    let deviation = swept.noise.deviation
    prior.noise.deviation =
      (deviation * deviation + propagationDeviation * propagationDeviation).squareRoot()
    return prior
  }()

  /// Standard deviation of `ln(propagated / measured)` on the bundled model: 0.499 over 310 changes of
  /// more than 1e-6 nats, of 360 that were propagated; the median factor is 1.33, the rank correlation 0.971.
  static let propagationDeviation = 0.5

  /// For costs in units of their own: nothing is known but that the kinds do not differ wildly.
  static let profile = CostPrior(
    factors: Array(repeating: (0, 1), count: CostKind.count), common: 30, texts: 0.001,
    noise: (0.6, 1))

  static func == (left: Self, right: Self) -> Bool {
    left.common == right.common && left.texts == right.texts
      && left.factors.elementsEqual(right.factors, by: ==) && left.noise == right.noise
  }

  func hash(into hasher: inout Hasher) { hasher.combine(common) }
}

extension CostPrior {
  /// What to expect of the costs that a sweep tells.
  init(_ found: Sensitivities) {
    self = 2 * found.propagated > found.entries.count ? .propagated : .swept
  }
}

/// Factors fitted to measurements: `ln KL = ln Σ_kinds e^θ_kind · cost + common + texts + ε`.
///
/// The most likely factors under Gaussian priors, by Gauss-Newton steps; ε has heavy tails
/// (Student's t with four degrees of freedom), so that one odd plan does not turn the rest. What
/// is not known of the factors is part of a prediction's error.
struct CostFit: Hashable, Sendable {
  /// One per kind, then the common factor, then the texts'; logarithms.
  private var parameters: [Double]
  /// Of the parameters.
  private var covariance: [[Double]]
  /// Squared scale of ε.
  private(set) var noise: Double
  /// Degrees of freedom behind it.
  private let freedom: Double

  /// Fits factors.
  init(_ observations: [CostObservation], _ prior: CostPrior) {
    let means = prior.factors.map(\.mean) + [0, 0]
    let deviations = prior.factors.map(\.deviation) + [prior.common, prior.texts]
    parameters = means
    noise = prior.noise.deviation * prior.noise.deviation
    freedom = prior.noise.weight + Double(observations.count)
    covariance = []
    for _ in 0..<12 {
      var system = Self.diagonal(deviations.map { 1 / ($0 * $0) })
      var target = zip(means, zip(parameters, deviations)).map { ($0 - $1.0) / ($1.1 * $1.1) }
      var terms: [(residual: Double, slopes: [Double], weight: Double)] = []
      for observation in observations {
        let (mean, slopes) = line(observation.costs, observation.isOnEvaluationTexts)
        let residual = log(observation.kl) - mean
        // Far off measurements count less.
        let weight = 5 / (4 + residual * residual / noise)
        terms.append((residual, slopes, weight))
        for row in slopes.indices where slopes[row] != 0 {
          target[row] += weight * slopes[row] * residual / noise
          for column in slopes.indices {
            system[row][column] += weight * slopes[row] * slopes[column] / noise
          }
        }
      }
      covariance = PositiveDefinite.inverse(system)
      let step = covariance.map { row in zip(row, target).reduce(0) { $0 + $1.0 * $1.1 } }
      for index in parameters.indices { parameters[index] += min(max(step[index], -2), 2) }
      // The residuals of fitted points are too small by what each drew the fit to itself.
      let squares = terms.reduce(0.0) { sum, term in
        let leverage = min(0.9, term.weight * variance(along: term.slopes) / noise)
        return sum + term.weight * term.residual * term.residual / (1 - leverage)
      }
      let expected = prior.noise.weight * prior.noise.deviation * prior.noise.deviation
      noise = (expected + squares) / freedom
    }
  }

  /// Mean and scale of `ln KL` on the evaluation texts; `nil` where nothing costs anything.
  ///
  /// With tails like these, the variance is twice the squared scale.
  func predict(_ costs: some Collection<Double>) -> (mean: Double, scale: Double)? {
    guard costs.contains(where: { $0 > 0 }) else { return nil }
    let (mean, slopes) = line(costs, true)
    return (mean, (noise + variance(along: slopes)).squareRoot())
  }

  /// What would have been predicted of one of the fitted measurements without it: mean and scale of
  /// `ln KL`, by how much it drew the fit to itself.
  func predictLeavingOut(_ observation: CostObservation) -> (mean: Double, scale: Double) {
    let (mean, slopes) = line(observation.costs, observation.isOnEvaluationTexts)
    let residual = log(observation.kl) - mean
    let weight = 5 / (4 + residual * residual / noise)
    let own = variance(along: slopes)
    let leverage = min(0.9, weight * own / noise)
    return (
      log(observation.kl) - residual / (1 - leverage),
      (noise + own / (1 - leverage)).squareRoot()
    )
  }

  /// Half the width of a 90 % interval, in units of the scale of `ln KL`: the 95 % point of Student's t
  /// with four degrees of freedom, which is how ε is spread.
  static let reach = 2.132

  private func line(
    _ costs: some Collection<Double>, _ isOnEvaluationTexts: Bool
  ) -> (mean: Double, slopes: [Double]) {
    var slopes = zip(costs, parameters).map { $0 * exp($1) }
    let sum = slopes.reduce(0, +)
    for index in slopes.indices { slopes[index] /= sum }
    let texts = isOnEvaluationTexts ? parameters[CostKind.count + 1] : 0
    slopes += [1, isOnEvaluationTexts ? 1 : 0]
    return (log(sum) + parameters[CostKind.count] + texts, slopes)
  }

  private func variance(along slopes: [Double]) -> Double {
    slopes.indices.reduce(0) { sum, row in
      guard slopes[row] != 0 else { return sum }
      return sum + slopes[row] * zip(covariance[row], slopes).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }

  private static func diagonal(_ values: [Double]) -> [[Double]] {
    values.indices.map { row in values.indices.map { $0 == row ? values[row] : 0 } }
  }
}

/// Small symmetric positive definite systems.
enum PositiveDefinite {
  /// The inverse, by Gauss-Jordan elimination without pivoting, which such matrices do not need.
  static func inverse(_ matrix: [[Double]]) -> [[Double]] {
    var left = matrix
    var right = matrix.indices.map { row in matrix.indices.map { $0 == row ? 1.0 : 0 } }
    for pivot in left.indices {
      let scale = 1 / left[pivot][pivot]
      for column in left.indices {
        left[pivot][column] *= scale
        right[pivot][column] *= scale
      }
      for row in left.indices where row != pivot {
        let factor = left[row][pivot]
        guard factor != 0 else { continue }
        for column in left.indices {
          left[row][column] -= factor * left[pivot][column]
          right[row][column] -= factor * right[pivot][column]
        }
      }
    }
    return right
  }
}
