import Model

/// A plan on the way from the untouched model to the smallest: what it takes and what it costs.
public struct FrontPoint: Codable, Hashable, Sendable {
  /// Bytes of all tensors.
  public var bytes: Int
  /// Expected `KL(original || plan)`, nats per token.
  public var kl: Double
  /// Standard error of `kl`.
  public var sigma: Double
  /// `KL(original || plan)` as measured on calibration tokens; `nil` where it was not.
  public var measured: Double?
  /// The plan; an engine may leave it out while the search runs.
  public var plan: PlanFile?

  /// A point of a front.
  public init(
    bytes: Int, kl: Double, sigma: Double, measured: Double? = nil, plan: PlanFile? = nil
  ) {
    self.bytes = bytes
    self.kl = kl
    self.sigma = sigma
    self.measured = measured
    self.plan = plan
  }
}

/// How far a search is: its front, and the best plan so far.
public struct SearchProgress: Codable, Hashable, Sendable {
  /// Generations done.
  public var generation: Int
  /// Plans measured, on however few tokens.
  public var measurements: Int
  /// Plans of every size, the smallest first.
  public var front: [FrontPoint]
  /// The best plan that reaches the goal, with its plan.
  public var best: FrontPoint?

  /// How far a search is.
  public init(generation: Int, measurements: Int, front: [FrontPoint], best: FrontPoint?) {
    self.generation = generation
    self.measurements = measurements
    self.front = front
    self.best = best
  }
}

/// What a search found.
public struct SearchOutcome: Codable, Hashable, Sendable {
  /// The model.
  public var model: Fingerprint
  /// The calibration texts that plans were compared on.
  public var data: Fingerprint
  /// Tokens of the largest comparison.
  public var tokens: Int
  /// What it had to reach.
  public var goal: SearchGoal
  /// The best plan found, with what it takes, what was expected, and what was measured on
  /// calibration tokens.
  public var best: FrontPoint
  /// What was there to begin with, measured as the best one was: the solver's plan and, where it
  /// reaches the goal, the plan that the search started from.
  public var start: FrontPoint
  /// Plans of every size, the smallest first.
  public var front: [FrontPoint]
  /// Generations of evolution.
  public var generations: Int
  /// Plans measured, on however few tokens.
  public var measurements: Int
  /// The seed.
  public var seed: UInt64
  /// Wall-clock seconds.
  public var seconds: Double
  /// What a person should know about the result, as sentences.
  public var notes: [String]
  /// Version of Lathe that searched.
  public var version: String

  /// Puts an outcome together.
  public init(
    model: Fingerprint, data: Fingerprint, tokens: Int, goal: SearchGoal, best: FrontPoint,
    start: FrontPoint, front: [FrontPoint], generations: Int, measurements: Int, seed: UInt64,
    seconds: Double, notes: [String], version: String
  ) {
    self.model = model
    self.data = data
    self.tokens = tokens
    self.goal = goal
    self.best = best
    self.start = start
    self.front = front
    self.generations = generations
    self.measurements = measurements
    self.seed = seed
    self.seconds = seconds
    self.notes = notes
    self.version = version
  }
}
