import Glibc

/// What a plan's quality is expected to be, before it is measured.
public struct Prediction: Hashable, Codable, Sendable {
  /// Expected `KL(original || plan)`, nats per token.
  public var kl: Double
  /// Standard error of `kl`, from how far earlier predictions were off.
  public var sigma: Double
  /// Expected perplexity: the original's times `e^KL`.
  public var perplexity: Double
  /// Measurements it rests on.
  public var measurements: Int
}

/// Predicts plans of one model from its profile and from the measurements made so far.
///
/// A plan's damage, by kind, is weighed with one coefficient per kind. The coefficients are fitted
/// to the measurements by least squares on relative errors, drawn towards one common coefficient
/// while a kind has few measurements. Before the first measurement there is no prediction: nothing
/// is known then about this model.
public struct Predictor: Hashable, Sendable {
  private struct Observation: Hashable, Sendable {
    var damage: Damage
    var kl: Double
  }

  /// The untouched model.
  private struct Original: Hashable, Sendable {
    var plan: Fingerprint
    var perplexity: Double
  }

  private let profile: Profile
  private var observations: [Fingerprint: Observation] = [:]
  private var original: Original?

  /// A predictor that has seen nothing.
  public init(profile: Profile) { self.profile = profile }

  /// Learns from a finished measurement of a plan.
  public mutating func observe(_ evaluation: Evaluation, of plan: Plan) {
    // An untouched model gives exactly 0.
    guard evaluation.overall.kl > 0 else {
      original = Original(plan: plan.digest, perplexity: evaluation.overall.perplexity)
      return
    }
    let damage = Damage(plan.choices, profile: profile)
    guard damage.amounts.contains(where: { $0 > 0 }) else { return }
    observations[plan.digest] = Observation(damage: damage, kl: evaluation.overall.kl)
  }

  /// Predicts a plan, or `nil` while no other plan was measured.
  ///
  /// A measurement of the plan itself is left out, so that the prediction that stands beside it says
  /// what was known without it.
  public func predict(_ plan: Plan) -> Prediction? {
    guard let original else { return nil }
    guard plan.digest != original.plan else {
      return Prediction(
        kl: 0, sigma: 0, perplexity: original.perplexity, measurements: observations.count)
    }
    // Where the profile knows nothing of what was changed, nothing can be said.
    let damage = Damage(plan.choices, profile: profile)
    guard damage.amounts.contains(where: { $0 > 0 }) else { return nil }
    // In a fixed order, so that equal sets of measurements give equal predictions.
    let others = observations.filter { $0.key != plan.digest }
      .sorted { "\($0.key)" < "\($1.key)" }.map(\.value).suffix(Self.memory)
    guard !others.isEmpty else { return nil }
    let kl = Self.weigh(damage, Self.fit(Array(others)))
    return Prediction(
      kl: kl, sigma: kl * Self.relativeError(of: Array(others)),
      perplexity: original.perplexity * exp(kl), measurements: others.count)
  }

  /// Most measurements a prediction rests on: the fit takes well under a millisecond.
  private static let memory = 64

  /// Relative error that a prediction is expected to have.
  ///
  /// Leaving each measurement out in turn says how far off a prediction of an unseen plan is; with
  /// fewer than three, it is taken to be as large as the figure.
  private static func relativeError(of known: [Observation]) -> Double {
    guard known.count > 2 else { return 1 }
    let squares = known.indices.reduce(0.0) { sum, index in
      var others = known
      let left = others.remove(at: index)
      let error = weigh(left.damage, fit(others)) / left.kl - 1
      return sum + min(error * error, 4)
    }
    return (squares / Double(known.count)).squareRoot()
  }

  private static func weigh(_ damage: Damage, _ coefficients: [Double]) -> Double {
    zip(damage.amounts, coefficients).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Ridge regression on relative errors: minimises
  /// `Σ_i (x_i · c / kl_i - 1)² + ridge * Σ_k (c_k / common - 1)²`.
  private static func fit(_ observations: [Observation]) -> [Double] {
    let kinds = Damage.Kind.allCases.count
    let total = observations.reduce(0.0) { $0 + $1.damage.amounts.reduce(0, +) / $1.kl }
    let common = Double(observations.count) / total
    let ridge = 0.1
    var system = (0..<kinds).map { row in
      (0...kinds).map { column in
        column == kinds || column == row
          ? ridge / (column == kinds ? common : common * common) : 0.0
      }
    }
    for observation in observations {
      let scaled = observation.damage.amounts.map { $0 / observation.kl }
      for row in 0..<kinds {
        for column in 0..<kinds { system[row][column] += scaled[row] * scaled[column] }
        system[row][kinds] += scaled[row]
      }
    }
    return solve(system).map { max($0, 0) }
  }

  /// Gaussian elimination of a positive definite system with its right-hand side as last column.
  private static func solve(_ system: [[Double]]) -> [Double] {
    var system = system
    let count = system.count
    for pivot in 0..<count {
      for row in pivot + 1..<count {
        let factor = system[row][pivot] / system[pivot][pivot]
        for column in pivot...count { system[row][column] -= factor * system[pivot][column] }
      }
    }
    var solution = Array(repeating: 0.0, count: count)
    for row in (0..<count).reversed() {
      let known = (row + 1..<count).reduce(0.0) { $0 + system[row][$1] * solution[$1] }
      solution[row] = (system[row][count] - known) / system[row][row]
    }
    return solution
  }
}
