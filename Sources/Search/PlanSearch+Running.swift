import EngineProtocol
import Model

extension PlanSearch {
  /// What a search came to.
  public struct Result: Sendable {
    /// The best plan that reaches the goal.
    public var best: FrontPoint
    /// What was there before evolution.
    public var start: FrontPoint
    /// Plans of every size, the smallest first.
    public var front: [FrontPoint]
    /// Generations of evolution.
    public var generations: Int
    /// Plans measured.
    public var measurements: Int
    /// What a person should know, as sentences.
    public var notes: [String]
  }

  /// Searches to its end.
  ///
  /// - Parameters:
  ///   - measure: measures a plan
  ///   - elapsed: seconds since the start; asked only where the request limits them
  ///   - progress: called when something was found; may throw to stop
  /// - Returns: what was found.
  /// - Throws: what `measure` and `progress` throw, or `SearchError`.
  public mutating func run(
    measure: Measure, elapsed: () -> Double = { 0 },
    progress: (SearchProgress) throws -> Void = { _ in }
  ) throws -> Result {
    let untouched = table.lightest
    if isTrivial {
      _ = try self.measure(untouched, measure)
      return try result(
        untouched, start: untouched,
        notes: ["the model keeps to the goal without any change; nothing was changed"])
    }
    return try withoutActuallyEscaping(measure) { measure in
      try withoutActuallyEscaping(elapsed) { elapsed in
        try withoutActuallyEscaping(progress) { progress in
          let context = Context(measure: measure, elapsed: elapsed, progress: progress)
          return try limitsLoss ? searchSmallest(context) : searchBest(context)
        }
      }
    }
  }

  /// What measures, and whom to tell.
  struct Context {
    var measure: Measure
    var elapsed: () -> Double
    var progress: (SearchProgress) throws -> Void
  }

  private var limitsLoss: Bool {
    if case .divergence = request.goal { true } else { false }
  }

  func cost(_ genome: Genome) -> Int {
    table.halves.reduce(0) { $0 + metric.cost(table.amounts($1, genome.levels)) }
  }

  // MARK: - A limit on what it takes

  private mutating func searchBest(_ context: Context) throws -> Result {
    var best = try solved(limit: metric.limit)
    var notes: [String] = []
    try chooseMethod(for: best, context)
    renewFront()
    try context.progress(self.progress(best: best))
    guard request.generations > 0 else {
      return try result(best, start: best, notes: notes)
    }
    best = try refined(best, limit: metric.limit, context)
    if !start.isEmpty(for: spec) {
      let fitted = fitted(table.genome(near: start.choices), limit: metric.limit)
      best = try better(best, fitted, context)
    }
    let before = best
    best = try evolved(best, limit: metric.limit, generations: request.generations, context)
    best = try polished(best, context)
    return try keepingStart(best, before: before, &notes, context)
  }

  /// The solver's levels within a limit.
  private func solved(limit: Int) throws -> Genome {
    guard let genome = BudgetSolver(loss, metric).solve(limit: limit) else {
      throw SearchError.outOfReach(request.goal, least: .bytes(0))
    }
    return genome
  }

  /// Measures a plan with every method and goes on with the best.
  private mutating func chooseMethod(for genome: Genome, _ context: Context) throws {
    var best: (style: PlanStyle, kl: Double)?
    for method in request.space.methods.isEmpty ? [.roundToNearest] : request.space.methods {
      style.method = method
      let seen = observations
      let kl = try measure(genome, context.measure)
      guard kl < best?.kl ?? .infinity else {
        observations = seen
        continue
      }
      observations = Array(observations.suffix(1))
      best = (style, kl)
    }
    style = best?.style ?? style
    loss.fit(to: observations)
  }

  /// Solves again with what measurements taught, a few times, and with more caution about what was not
  /// measured: fewer experts and parts gone.
  private mutating func refined(
    _ first: Genome, limit: Int, _ context: Context
  ) throws -> Genome {
    var best = first
    for round in 0..<5 {
      var cautious = loss
      if round % 2 == 1 {
        for kind in [LossModel.Kind.experts, .parts, .neurons] {
          cautious.weights[kind.rawValue] *= 4
        }
      }
      guard let genome = BudgetSolver(cautious, metric).solve(limit: limit) else { continue }
      best = try better(best, genome, context)
      loss.fit(to: observations)
      try context.progress(progress(best: best))
    }
    renewFront()
    return best
  }

  /// Whichever measures better; the first where they are equal.
  private mutating func better(
    _ first: Genome, _ second: Genome, _ context: Context
  ) throws -> Genome {
    guard first != second, cost(second) <= metric.limit, table.isLegal(second) else { return first }
    let one = try measure(first, context.measure)
    let other = try measure(second, context.measure)
    return other < one ? second : first
  }

  /// Levels that take no more than some others and keep to a limit: what the others say, and where
  /// that is too much, what the solver says for ever tighter limits.
  private func fitted(_ genome: Genome, limit: Int) -> Genome {
    var tight = limit
    let solver = BudgetSolver(loss, metric)
    var fitted = genome
    for _ in 0..<40 where cost(fitted) > limit || !table.isLegal(fitted) {
      guard let solution = solver.solve(limit: tight) else { return genome }
      fitted = Genome(levels: zip(genome.levels, solution.levels).map { max($0, $1) })
      if !table.isLegal(fitted) { fitted = solution }
      tight -= max(1, abs(tight) / 40)
    }
    var candidate = Candidate(fitted, loss, metric)
    candidate.fill(limit: limit)
    return candidate.genome
  }

  private mutating func evolved(
    _ first: Genome, limit: Int, generations: Int, _ context: Context
  ) throws -> Genome {
    var evolution = Evolution(
      first, loss: try measure(first, context.measure),
      seed: request.calibration.seed &+ UInt64(generation))
    for _ in 0..<generations {
      if let seconds = request.seconds, context.elapsed() > seconds { break }
      let mutation = Mutation(loss, metric, limit: limit)
      var state = self
      try evolution.generation(mutation) { genome, stage in
        try state.measure(genome, stage: stage, context.measure)
      }
      self = state
      generation += 1
      loss.fit(to: Array(observations.suffix(48)))
      try context.progress(progress(best: evolution.best))
      if evolution.isExhausted { break }
    }
    renewFront()
    return evolution.best
  }

  /// Tries what changes no byte: the other methods, and down projections fitted anew.
  private mutating func polished(_ genome: Genome, _ context: Context) throws -> Genome {
    var styles = request.space.methods.map { PlanStyle($0) }
    styles += styles.map { PlanStyle($0.method, refit: true) }
    let current = style
    var best = (style: current, kl: try measure(genome, context.measure))
    var tried: Set<Fingerprint> = [try plan(genome).digest]
    for style in styles {
      self.style = style
      let plan = try plan(genome)
      guard tried.insert(plan.digest).inserted else { continue }
      let kl = try measure(plan, stage: Self.stages - 1, context.measure)
      if kl < best.kl { best = (style, kl) }
    }
    style = best.style
    return genome
  }

  /// The result, or the plan that it started from where that reaches the goal and measures better.
  private mutating func keepingStart(
    _ best: Genome, before: Genome, _ notes: inout [String], _ context: Context
  ) throws -> Result {
    var result = try result(best, start: before, notes: notes)
    guard !start.isEmpty(for: spec), fits(start) else { return result }
    let kl = try measure(start, stage: Self.stages - 1, context.measure)
    guard let found = result.best.measured, kl < found else { return result }
    result.best = FrontPoint(
      bytes: spec.ledger(of: start.choices).bytes, kl: kl, sigma: 0, measured: kl,
      plan: PlanFile(start, of: spec))
    result.notes.append("nothing better was found than the plan it started from")
    return result
  }

  /// Whether a plan, whatever its edits, keeps to a goal that limits what it takes.
  private func fits(_ plan: Plan) -> Bool {
    let ledger = spec.ledger(of: plan.choices)
    switch request.goal {
    case .memory(let bytes): return ledger.bytes <= bytes
    case .averageBits(let bits): return ledger.averageBits <= bits
    case .storedBits(let bits): return ledger.storedBitsPerWeight <= bits
    case .speed, .divergence: return false
    }
  }

  // MARK: - A limit on what it loses

  /// The fewest bytes whose plan measures no worse than the goal allows.
  private mutating func searchSmallest(_ context: Context) throws -> Result {
    guard case .divergence(let most) = request.goal else { return try searchBest(context) }
    let solver = BudgetSolver(loss, metric)
    var best = table.lightest
    var (low, high) = (solver.leastCost, cost(best))
    try chooseMethod(for: try solved(limit: (low + high) / 2), context)
    for _ in 0..<9 where high - low > high / 200 {
      let genome = try solved(limit: (low + high) / 2)
      if try measure(genome, context.measure) <= most {
        (best, high) = (genome, min(cost(genome), (low + high) / 2))
      } else {
        low = (low + high) / 2
      }
      loss.fit(to: observations)
      try context.progress(progress(best: best))
    }
    renewFront()
    let before = best
    best = try shrunk(best, most: most, context)
    let kl = try measure(best, context.measure)
    let notes = kl == 0 ? ["no change stays below that loss; nothing was changed"] : []
    return try result(best, start: before, notes: notes)
  }

  /// Ever smaller plans, each evolved until it measures no worse than allowed.
  private mutating func shrunk(
    _ first: Genome, most: Double, _ context: Context
  ) throws -> Genome {
    var best = first
    var left = request.generations
    while left > 0 {
      let limit = cost(best) - max(1, cost(best) / 50)
      guard limit >= BudgetSolver(loss, metric).leastCost else { return best }
      let smaller = fitted(best, limit: limit)
      guard cost(smaller) <= limit else { return best }
      let turn = min(left, max(2, request.generations / 4))
      left -= turn
      let candidate =
        try measure(smaller, context.measure) <= most
        ? smaller : evolved(smaller, limit: limit, generations: turn, context)
      guard try measure(candidate, context.measure) <= most else { return best }
      best = candidate
    }
    return best
  }

  // MARK: - Result

  private mutating func result(_ best: Genome, start: Genome, notes: [String]) throws -> Result {
    Result(
      best: try point(best, withPlan: true), start: try point(start, withPlan: true),
      front: try points(with: best, withPlans: true), generations: generation,
      measurements: measurements, notes: notes)
  }
}
