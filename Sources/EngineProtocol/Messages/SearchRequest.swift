import Model

/// What a search has to reach; the quality is then as good as it can find.
public enum SearchGoal: Codable, Hashable, Sendable {
  /// Bytes of all tensors, at most.
  case memory(bytes: Int)
  /// Bits per attention and expert weight, scales and zero points left out, at most.
  case averageBits(Double)
  /// The same with scales and zero points.
  case storedBits(Double)
  /// At least so many times fewer bytes of weights that a token's pass reads: what bounds the speed
  /// of a model that writes one token at a time.
  case speed(Double)
  /// KL of at most so many nats per token, in as few bytes as it can find.
  case divergence(Double)
}

/// Kinds of change a search may make.
public enum SearchAction: String, CaseIterable, Codable, Hashable, Sendable {
  /// Experts go.
  case experts
  /// Attention halves, MoE layers and blocks go.
  case parts
  /// Networks keep fewer neurons.
  case neurons
  /// Linears get fewer bits.
  case bits
}

/// What a search may change, and how.
public struct SearchSpace: Codable, Hashable, Sendable {
  /// Kinds of change.
  public var actions: Set<SearchAction>
  /// Bits that linears may get beside those they are stored with.
  public var bits: [Int]
  /// Percents of their neurons that networks may keep.
  public var neuronPercents: [Int]
  /// Methods of quantisation to try; the one that measures best is taken for all linears.
  public var methods: [QuantizationMethod]
  /// What stays as it is, named as an edit names it.
  public var locks: [String]

  /// A search space; everything is allowed unless said otherwise.
  public init(
    actions: Set<SearchAction> = Set(SearchAction.allCases),
    bits: [Int] = Quantization.allowedBits, neuronPercents: [Int] = Probe.neuronPercents,
    methods: [QuantizationMethod] = [.roundToNearest], locks: [String] = []
  ) {
    self.actions = actions
    self.bits = bits
    self.neuronPercents = neuronPercents
    self.methods = methods
    self.locks = locks
  }
}

/// Looks for the best plan under a budget.
public struct SearchRequest: Codable, Hashable, Sendable {
  /// What it has to reach.
  public var goal: SearchGoal
  /// What it may change.
  public var space: SearchSpace
  /// The plan to start from; `nil` for the untouched model.
  public var start: PlanFile?
  /// Generations of evolution at most; 0 for the solver alone, which measures one plan.
  public var generations: Int
  /// Seconds of evolution at most; `nil` for no limit.
  ///
  /// With a limit, the result depends on the machine.
  public var seconds: Double?
  /// The calibration tokens that plans are compared on; never the evaluation texts.
  public var calibration: ProfileRequest

  /// Generations that are enough for the bundled model.
  public static let defaultGenerations = 20
  /// Calibration tokens of the last and largest comparison.
  public static let defaultTokens = 8192

  /// Asks for a plan.
  public init(
    _ goal: SearchGoal, space: SearchSpace = SearchSpace(), start: PlanFile? = nil,
    generations: Int = defaultGenerations, seconds: Double? = nil,
    calibration: ProfileRequest = ProfileRequest(tokens: defaultTokens)
  ) {
    self.goal = goal
    self.space = space
    self.start = start
    self.generations = generations
    self.seconds = seconds
    self.calibration = calibration
  }
}
