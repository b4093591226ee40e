import Glibc

/// Predicts plans of one model from what single changes cost and from the measurements made so far.
///
/// With a sweep, a plan's costs are nats that were measured change by change; without one, they are
/// scores of the calibration pass in units of their own, and nothing is predicted before the first
/// measurement. Either way they are weighed with one factor per kind of change (`CostFit`), which
/// every measurement sharpens.
public struct Predictor: Sendable {
  private struct Observation: Hashable, Sendable {
    var choices: Choices
    var evaluation: Evaluation
    /// `nil` where nothing that is known of was changed.
    var costs: PlanCosts?
  }

  /// The untouched model.
  private struct Original: Hashable, Sendable {
    var plan: Fingerprint
    var evaluation: Evaluation
  }

  /// Everything fitted to the measurements.
  private struct Fits: Sendable {
    var costs: CostFit
    /// `ln perplexity` per nat of KL, and the variance of its rise per nat.
    var loss: (slope: Double, dispersion: Double)
    /// By domain, the mean of `ln(measured / predicted)` of its KL and the standard error of one.
    var domains: [String: (offset: Double, deviation: Double)]
    var tasks: [String: AccuracyFit]
    var measurements: Int
  }

  private var table: PlanCostTable
  private var prior = CostPrior.profile
  private var combinations: [CostObservation] = []
  private var observations: [Fingerprint: Observation] = [:]
  private var original: Original?
  private var cache = PlanCostTable.Cache()
  /// Fitted to all measurements.
  private var fits: Fits?

  /// A predictor that knows the scores of a calibration pass.
  public init(profile: Profile) { table = PlanCostTable(profile) }

  /// A predictor that knows a finished sweep; `nil` for another model's or an unfinished one.
  public init?(_ found: Sensitivities, of spec: ModelSpec) {
    guard found.isComplete, found.model == spec.fingerprint else { return nil }
    table = PlanCostTable(found, of: spec)
    learn(found, of: spec)
  }

  /// Most measurements a prediction rests on, the latest by digest order; a fit takes a millisecond.
  private static let memory = 128

  /// Takes in a finished sweep; what was measured before counts on.
  public mutating func learn(_ found: Sensitivities, of spec: ModelSpec) {
    guard found.isComplete, found.model == spec.fingerprint else { return }
    table = PlanCostTable(found, of: spec)
    prior = CostPrior(found)
    cache = PlanCostTable.Cache()
    combinations = found.combinations.compactMap { combination in
      guard let choices = Choices(combination, of: spec), combination.kl > 0 else { return nil }
      let costs = table.costs(of: choices, &cache)
      guard !costs.isZero else { return nil }
      return CostObservation(
        costs: Array(costs[0]), kl: combination.kl, isOnEvaluationTexts: false)
    }
    for digest in Array(observations.keys) {
      guard let choices = observations[digest]?.choices else { continue }
      let costs = knownCosts(of: choices)
      observations[digest]?.costs = costs
    }
    fits = nil
  }

  /// Whether predictions rest on a sweep.
  public var isSwept: Bool { table.isSwept }

  /// Learns from a finished measurement of a plan.
  public mutating func observe(_ evaluation: Evaluation, of plan: Plan) {
    fits = nil
    // An untouched model gives exactly 0.
    guard evaluation.overall.kl > 0 else {
      original = Original(plan: plan.digest, evaluation: evaluation)
      return
    }
    observations[plan.digest] = Observation(
      choices: plan.choices, evaluation: evaluation, costs: knownCosts(of: plan.choices))
  }

  /// Predicts a plan; `nil` before the original was measured, or while nothing is known of what the
  /// plan changes.
  ///
  /// A measurement of the plan itself is left out, so that the prediction that stands beside it says
  /// what was known without it.
  public mutating func predict(_ plan: Plan) -> Prediction? {
    predict(plan.choices, digest: plan.digest)
  }

  /// Predicts choices whose plan has the given digest.
  public mutating func predict(_ choices: Choices, digest: Fingerprint) -> Prediction? {
    guard let original else { return nil }
    guard digest != original.plan else { return untouched(original) }
    guard let costs = knownCosts(of: choices) else { return nil }
    let fits = fits(without: digest)
    guard table.isSwept || fits.measurements > 0 else { return nil }
    guard let (mean, scale) = fits.costs.predict(costs[0]) else { return nil }
    let deviation = 2.0.squareRoot() * scale
    let kl = exp(mean)
    let reach = exp(CostFit.reach * scale)
    let perplexity = original.evaluation.overall.perplexity * exp(fits.loss.slope * kl)
    let spread = fits.loss.slope * kl * deviation
    let tasks = original.evaluation.tasks.compactMap { task -> TaskPrediction? in
      guard let fit = fits.tasks[task.name] else { return nil }
      let (kl, deviation) = expected(in: task.name, costs, fits) ?? (kl, deviation)
      let (accuracy, sigma) = fit.predict(kl: kl, deviation: deviation)
      return TaskPrediction(name: task.name, accuracy: accuracy, sigma: sigma)
    }
    return Prediction(
      kl: kl, sigma: kl * deviation, interval: Interval(low: kl / reach, high: kl * reach),
      perplexity: perplexity,
      perplexitySigma: perplexity
        * (spread * spread + fits.loss.dispersion * kl).squareRoot(), tasks: tasks,
      source: table.isSwept ? .sweep : .profile,
      measurements: fits.measurements)
  }

  /// How far a predicted KL is off, relative to itself; `nil` where nothing is known of what is changed.
  ///
  /// Needs no measurement of the original.
  public mutating func relativeError(of choices: Choices) -> Double? {
    guard table.isSwept, let costs = knownCosts(of: choices) else { return nil }
    return fits(without: nil).costs.predict(costs[0]).map { 2.0.squareRoot() * $0.scale }
  }

  private func untouched(_ original: Original) -> Prediction {
    Prediction(
      kl: 0, sigma: 0, interval: Interval(low: 0, high: 0),
      perplexity: original.evaluation.overall.perplexity, perplexitySigma: 0,
      tasks: original.evaluation.tasks.map {
        TaskPrediction(name: $0.name, accuracy: $0.accuracy, sigma: 0)
      }, source: table.isSwept ? .sweep : .profile, measurements: observations.count)
  }

  private mutating func knownCosts(of choices: Choices) -> PlanCosts? {
    let costs = table.costs(of: choices, &cache)
    return costs.isZero ? nil : costs
  }

  /// Expected KL in the domain of a task's texts, with the error of its logarithm.
  private func expected(
    in domain: String, _ costs: PlanCosts, _ fits: Fits
  ) -> (kl: Double, deviation: Double)? {
    guard let channel = table.domains.firstIndex(of: domain),
      let (mean, scale) = fits.costs.predict(costs[channel + 1])
    else { return nil }
    let (offset, deviation) = fits.domains[domain] ?? (0, 0.5)
    return (exp(mean + offset), (2 * scale * scale + deviation * deviation).squareRoot())
  }
}

// MARK: - Looking back

/// How well predictions have held: each measured plan as it is predicted without its own measurement.
public struct PredictionRecord: Hashable, Sendable {
  /// Measured plans that could be predicted.
  public var plans: Int
  /// Those whose KL lies in the 90 % interval.
  public var inside: Int
  /// Spearman's, of predicted and measured KL; `nil` for fewer than five plans.
  public var rankCorrelation: Double?
}

extension Predictor {
  /// How well predictions have held for the plans measured so far.
  public mutating func record() -> PredictionRecord {
    guard original != nil else {
      return PredictionRecord(plans: 0, inside: 0, rankCorrelation: nil)
    }
    let fits = fits(without: nil)
    let plans = fittedObservations(known(without: nil))
    // Without a sweep, one plan is told from the others alone.
    guard table.isSwept || plans.count > 1 else {
      return PredictionRecord(plans: 0, inside: 0, rankCorrelation: nil)
    }
    let expected = plans.map { fits.costs.predictLeavingOut($0) }
    let inside = zip(plans, expected).count { plan, expected in
      abs(log(plan.kl) - expected.mean) <= CostFit.reach * expected.scale
    }
    let correlation =
      plans.count < 5
      ? nil : RankCorrelation.spearman(expected.map(\.mean), plans.map(\.kl))
    return PredictionRecord(plans: plans.count, inside: inside, rankCorrelation: correlation)
  }
}

// MARK: - Fitting

extension Predictor {
  private mutating func fits(without plan: Fingerprint?) -> Fits {
    if let plan, observations[plan] != nil { return fit(leavingOut: plan) }
    if let fits { return fits }
    let made = fit(leavingOut: nil)
    fits = made
    return made
  }

  /// In a fixed order, so that equal sets of measurements give equal predictions.
  private func known(without plan: Fingerprint?) -> ArraySlice<Observation> {
    observations.filter { $0.key != plan }.map { ("\($0.key)", $0.value) }
      .sorted { $0.0 < $1.0 }.map(\.1).suffix(Self.memory)
  }

  private func fittedObservations(_ known: ArraySlice<Observation>) -> [CostObservation] {
    known.compactMap { observation in
      observation.costs.map {
        CostObservation(
          costs: Array($0[0]), kl: observation.evaluation.overall.kl, isOnEvaluationTexts: true)
      }
    }
  }

  private func fit(leavingOut plan: Fingerprint?) -> Fits {
    let known = known(without: plan)
    let fitted = fittedObservations(known)
    let costs = CostFit(combinations + fitted, prior)
    var fits = Fits(
      costs: costs, loss: lossSlope(known), domains: [:], tasks: [:], measurements: fitted.count)
    for domain in table.domains { fits.domains[domain] = offset(of: domain, known, costs) }
    for task in original?.evaluation.tasks ?? [] { fits.tasks[task.name] = accuracy(task, known) }
    return fits
  }

  /// The rise of `ln perplexity` by KL, drawn towards 1 as for small changes: least squares with
  /// errors whose variance grows with KL, as that of a log-likelihood ratio does.
  private func lossSlope(
    _ known: ArraySlice<Observation>
  ) -> (slope: Double, dispersion: Double) {
    guard let original else { return (1, 0.01) }
    let pairs = known.map { observation in
      let ratio =
        observation.evaluation.overall.perplexity / original.evaluation.overall.perplexity
      return (kl: observation.evaluation.overall.kl, rise: log(ratio))
    }
    let weight = 0.1
    let slope =
      pairs.reduce(weight) { $0 + $1.rise } / pairs.reduce(weight) { $0 + $1.kl }
    let squares = pairs.reduce(3 * 0.005) { $0 + pow($1.rise - slope * $1.kl, 2) / $1.kl }
    return (slope, squares / Double(pairs.count + 3))
  }

  private func offset(
    of domain: String, _ known: ArraySlice<Observation>, _ fit: CostFit
  ) -> (offset: Double, deviation: Double)? {
    guard let channel = table.domains.firstIndex(of: domain) else { return nil }
    let ratios = known.compactMap { observation -> Double? in
      guard let costs = observation.costs, let (mean, _) = fit.predict(costs[channel + 1]),
        let measured = observation.evaluation.domains.first(where: { $0.name == domain })?.kl,
        measured > 0
      else { return nil }
      return log(measured) - mean
    }
    let offset = ratios.reduce(0, +) / Double(ratios.count + 2)
    let squares = ratios.reduce(3 * 0.25) { $0 + ($1 - offset) * ($1 - offset) }
    return (offset, (squares / Double(ratios.count + 3)).squareRoot())
  }

  /// A task is judged by the KL on the texts of its name, or on all where there are none.
  private func accuracy(
    _ task: TaskEvaluation, _ known: ArraySlice<Observation>
  ) -> AccuracyFit? {
    let plans = known.compactMap { observation -> (kl: Double, accuracy: Double)? in
      let evaluation = observation.evaluation
      guard let result = evaluation.tasks.first(where: { $0.name == task.name }) else { return nil }
      let isKnown = table.domains.contains(task.name)
      let domain = isKnown ? evaluation.domains.first { $0.name == task.name } : nil
      return ((domain ?? evaluation.overall).kl, result.accuracy)
    }
    return AccuracyFit(original: task.accuracy, plans)
  }
}

extension Predictor: Equatable {
  /// Whether both know the same measurements.
  public static func == (left: Self, right: Self) -> Bool {
    left.observations == right.observations && left.original == right.original
      && left.combinations == right.combinations && left.isSwept == right.isSwept
  }
}

extension Choices {
  /// The choices of a plan that a sweep measured; `nil` where the model does not allow its edits.
  fileprivate init?(_ combination: Combination, of spec: ModelSpec) {
    var plan = Plan(for: spec)
    for text in combination.edits {
      guard let edit = try? Edit(parsing: text),
        (try? plan.apply(edit, spec: spec, profile: nil)) != nil
      else { return nil }
    }
    self = plan.choices
  }
}
