/// A 95 % confidence interval; written as `[low, high]`.
public struct Interval: Hashable, Sendable {
  /// Lower end.
  public var low: Double
  /// Upper end.
  public var high: Double

  /// An interval.
  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }
}

extension Interval: Codable {
  /// Reads `[low, high]`.
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    low = try container.decode(Double.self)
    high = try container.decode(Double.self)
  }

  /// Writes `[low, high]`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(low)
    try container.encode(high)
  }
}

/// The measured quality of a plan on evaluation texts.
public struct Evaluation: Hashable, Codable, Sendable {
  /// The model measured.
  public var model: Fingerprint
  /// The plan's digest; `Plan.digest` of an empty plan for the untouched model.
  public var plan: Fingerprint
  /// The evaluation texts.
  public var data: Fingerprint
  /// Windows per domain.
  public var windows: Int
  /// All domains together.
  public var overall: DomainEvaluation
  /// Each domain alone.
  public var domains: [DomainEvaluation]
  /// Tasks, in the order they were given.
  public var tasks: [TaskEvaluation]
  /// Wall-clock seconds.
  public var seconds: Double
  /// Evaluated tokens divided by seconds.
  public var tokensPerSecond: Double
  /// Version of Lathe that measured it.
  public var version: String
  /// How much of the texts the figures cover, from 0 to 1 when finished.
  public var fraction: Double
  /// The calibration tokens that the plan's methods looked at; `nil` where none did.
  public var calibration: CalibrationReference?
  /// What could not be done as the plan asks, and what was done instead.
  public var notes: [String] = []

  /// Puts an evaluation together.
  public init(
    model: Fingerprint, plan: Fingerprint, data: Fingerprint, windows: Int,
    overall: DomainEvaluation, domains: [DomainEvaluation], tasks: [TaskEvaluation],
    seconds: Double, tokensPerSecond: Double, version: String, fraction: Double
  ) {
    self.model = model
    self.plan = plan
    self.data = data
    self.windows = windows
    self.overall = overall
    self.domains = domains
    self.tasks = tasks
    self.seconds = seconds
    self.tokensPerSecond = tokensPerSecond
    self.version = version
    self.fraction = fraction
  }

  private enum CodingKeys: String, CodingKey {
    case model, plan, data, windows, overall, domains, tasks, seconds, version, fraction
    case calibration, notes
    case tokensPerSecond = "tokens_per_second"
  }
}

/// Which calibration tokens the methods of a plan looked at.
public struct CalibrationReference: Hashable, Codable, Sendable {
  /// The texts.
  public var data: Fingerprint
  /// Tokens.
  public var tokens: Int
  /// The seed they were chosen with.
  public var seed: UInt64

  /// Names calibration tokens.
  public init(data: Fingerprint, tokens: Int, seed: UInt64) {
    self.data = data
    self.tokens = tokens
    self.seed = seed
  }
}

/// Figures of one domain, or of all together.
public struct DomainEvaluation: Hashable, Codable, Sendable {
  /// The domain's name; `overall` for all.
  public var name: String
  /// Next-token targets scored.
  public var tokens: Int
  /// `exp(mean negative log-likelihood)`, nats inside the exponent.
  public var perplexity: Double
  /// Its 95 % interval, from the spread between windows.
  public var perplexityInterval: Interval
  /// Mean over tokens of `KL(original || plan)`, nats.
  public var kl: Double
  /// Its 95 % interval, from the spread between windows.
  public var klInterval: Interval
  /// Share of tokens where plan and original agree on the most likely next token.
  public var top1Agreement: Double

  /// Puts a domain's figures together.
  public init(
    name: String, tokens: Int, perplexity: Double, perplexityInterval: Interval, kl: Double,
    klInterval: Interval, top1Agreement: Double
  ) {
    self.name = name
    self.tokens = tokens
    self.perplexity = perplexity
    self.perplexityInterval = perplexityInterval
    self.kl = kl
    self.klInterval = klInterval
    self.top1Agreement = top1Agreement
  }

  private enum CodingKeys: String, CodingKey {
    case name, tokens, perplexity, kl
    case perplexityInterval = "perplexity_ci95"
    case klInterval = "kl_ci95"
    case top1Agreement = "top1_agreement"
  }
}
