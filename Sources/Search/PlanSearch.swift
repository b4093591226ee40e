import EngineProtocol
import Model
import Numerics

/// Looks for the best plan under a budget: solves on sensitivities, measures, corrects what it
/// expects, and evolves the best plan found.
///
/// It measures only through a closure that it is given, one plan at a time, and keeps all it knows
/// between two measurements; so whoever runs it may let it wait at any of them.
public struct PlanSearch {
  /// Measures a plan's `KL(original || plan)` on calibration tokens, nats per token; the stage says on
  /// how many, 0 for fewest.
  public typealias Measure = (Plan, _ stage: Int) throws -> Double

  /// Stages of measuring.
  public static let stages = 3
  private static let lastStage = stages - 1
  /// Plans on the front that it reports.
  private static let frontPoints = 12

  let spec: ModelSpec
  let request: SearchRequest
  let start: Plan
  let table: LevelTable
  /// What is expected, corrected by what was measured.
  var loss: LossModel
  let metric: CostMetric
  var style: PlanStyle
  var observations: [LossObservation] = []
  /// What a sweep measured, on other tokens and with rounding to nearest.
  private(set) var prior: [LossObservation] = []
  private var known: [Measured: Double] = [:]
  /// Says how sure expectations are; `nil` without a sweep.
  private var predictor: Predictor?
  private(set) var measurements = 0
  var generation = 0
  var front: [Genome] = []

  private struct Measured: Hashable {
    var plan: Fingerprint
    var stage: Int
  }

  /// Prepares a search.
  ///
  /// - Parameters:
  ///   - spec: the model
  ///   - request: what to look for
  ///   - profile: scores for rules among the locks
  ///   - start: the plan to start from; the empty one for the untouched model
  /// - Throws: `SearchError` where no legal plan reaches the goal or a lock names nothing.
  public init(
    _ spec: ModelSpec, _ request: SearchRequest, profile: Profile? = nil, start: Plan
  ) throws(SearchError) {
    let locked: LockedCells
    do throws(EditError) {
      locked = try LockedCells(request.space.locks, of: spec, profile: profile)
    } catch { throw .lock(error) }
    self.spec = spec
    self.request = request
    self.start = start
    table = LevelTable(spec, space: request.space, locked: locked, start: start.choices)
    let nothing = Sensitivities(
      model: spec.fingerprint, data: spec.fingerprint, tokens: 0, seed: 0, domains: [], count: 0,
      version: "")
    loss = LossModel(table, nothing)
    metric = CostMetric(request.goal, table)
    style = PlanStyle(request.space.methods.first ?? .roundToNearest)
    guard BudgetSolver(loss, metric).leastCost <= metric.limit else {
      throw .outOfReach(request.goal, least: least())
    }
  }

  /// Takes over what single changes cost, and several together, before it runs.
  public mutating func learn(_ sensitivities: Sensitivities) {
    loss = LossModel(table, sensitivities)
    prior = sensitivities.combinations.compactMap { combination in
      guard combination.kl < Self.mostPrior, let genome = genome(of: combination) else {
        return nil
      }
      return LossObservation(losses: loss.losses(of: genome), measured: combination.kl)
    }
    loss.fit(to: prior)
    predictor = Predictor(sensitivities, of: spec)
  }

  /// Plans that lose more say little about those that a search is for.
  private static let mostPrior = 1.0

  /// The genome of a plan that a sweep measured, where levels can say what it says.
  private func genome(of combination: Combination) -> Genome? {
    var plan = Plan(for: spec)
    for text in combination.edits {
      guard let edit = try? Edit(parsing: text),
        (try? plan.apply(edit, spec: spec, profile: nil)) != nil
      else { return nil }
    }
    let genome = table.genome(near: plan.choices)
    guard let same = try? table.plan(genome, PlanStyle()),
      spec.ledger(of: same.choices) == spec.ledger(of: plan.choices),
      !plan.choices.blocks.contains(where: { !$0.merges.isEmpty })
    else { return nil }
    return genome
  }

  /// Whether the goal is reached without any change, so that there is nothing to look for.
  public var isTrivial: Bool {
    if case .divergence = request.goal { return false }
    return cost(table.lightest) <= metric.limit
  }

  /// The least that a legal plan comes to, in the goal's terms.
  private func least() -> SearchError.Least {
    func leastCost(_ goal: SearchGoal) -> Int {
      BudgetSolver(loss, CostMetric(goal, table)).leastCost
    }
    func leastBits(_ goal: (Double) -> SearchGoal) -> Double {
      var (low, high) = (0, 320_000)
      while high - low > 1 {
        let middle = (low + high) / 2
        if leastCost(goal(Double(middle) / 10_000)) > 0 { low = middle } else { high = middle }
      }
      return Double(high) / 10_000
    }
    switch request.goal {
    case .memory, .divergence:
      return .bytes(table.outsideBytes + leastCost(.memory(bytes: 0)))
    case .averageBits: return .averageBits(leastBits(SearchGoal.averageBits))
    case .storedBits: return .storedBits(leastBits(SearchGoal.storedBits))
    case .speed:
      let least = table.outsideActiveBytes + leastCost(.speed(1))
      let factor = Double(table.activeBytes(of: table.untouched)) / Double(least)
      return .speed((factor * 100).rounded(.down) / 100)
    }
  }

  // MARK: - Measuring

  /// The plan of a genome in the style that is in use.
  func plan(_ genome: Genome) throws(SearchError) -> Plan {
    do throws(EditError) { return try table.plan(genome, style) } catch { throw .plan(error) }
  }

  /// Measures a genome, once for each style and stage.
  mutating func measure(
    _ genome: Genome, stage: Int = lastStage, _ measure: Measure
  ) throws -> Double {
    let plan = try plan(genome)
    let isNew = known[Measured(plan: plan.digest, stage: stage)] == nil
    let kl = try self.measure(plan, stage: stage, measure)
    if isNew, stage == Self.lastStage, kl > 0 {
      observations.append(LossObservation(losses: loss.losses(of: genome), measured: kl))
    }
    return kl
  }

  /// Measures a plan, once for each stage.
  mutating func measure(_ plan: Plan, stage: Int, _ measure: Measure) throws -> Double {
    let key = Measured(plan: plan.digest, stage: stage)
    if let kl = known[key] { return kl }
    let kl = try measure(plan, stage)
    measurements += 1
    known[key] = kl
    return kl
  }

  // MARK: - Front

  /// Works out the plans of every size anew, from what is known by now.
  mutating func renewFront() {
    front = BudgetSolver(loss, .memory(bytes: 0)).front(points: Self.frontPoints)
  }

  /// A genome as a point of the front.
  ///
  /// Its error is the larger of two: how far off the search's own expectations were, which were fitted
  /// to the same plans, and how far off a prediction of an unseen plan is.
  mutating func point(_ genome: Genome, withPlan: Bool) throws(SearchError) -> FrontPoint {
    let plan = try plan(genome)
    let kl = loss.predict(genome)
    let unseen = predictor?.relativeError(of: plan.choices) ?? 0
    return FrontPoint(
      bytes: table.bytes(of: genome), kl: kl,
      sigma: kl * max(loss.relativeError(of: observations), unseen),
      measured: known[Measured(plan: plan.digest, stage: Self.lastStage)],
      plan: withPlan ? PlanFile(plan, of: spec) : nil)
  }

  /// The front with the best plan among its points, the smallest first.
  mutating func points(with best: Genome?, withPlans: Bool) throws(SearchError) -> [FrontPoint] {
    var points: [FrontPoint] = []
    for genome in front where genome != best {
      points.append(try point(genome, withPlan: withPlans))
    }
    if let best { points.append(try point(best, withPlan: withPlans)) }
    return points.sorted { ($0.bytes, $0.kl) < ($1.bytes, $1.kl) }
  }

  /// How far it is.
  mutating func progress(best: Genome) throws(SearchError) -> SearchProgress {
    SearchProgress(
      generation: generation, measurements: measurements,
      front: try points(with: best, withPlans: true), best: try point(best, withPlan: true))
  }
}
