import Model

/// Long work an engine can do.
public enum JobRequest: Codable, Hashable, Sendable {
  case profile(ProfileRequest)
  case evaluate(EvaluationRequest)
  case verify(VerificationRequest)
  case generate(GenerationRequest)
  case trim(TrimRequest)
  case merge(MergeRequest)
  case sweep(SweepRequest)
  case search(SearchRequest)

  /// Its name, as `EngineDescription.jobs` lists it.
  public var name: String {
    switch self {
    case .profile: "profile"
    case .evaluate: "evaluate"
    case .verify: "verify"
    case .generate: "generate"
    case .trim: "trim"
    case .merge: "merge"
    case .sweep: "sweep"
    case .search: "search"
    }
  }

  /// Whether it gives way to work that a person waits for.
  public var isBackground: Bool {
    switch self {
    case .profile, .sweep, .search: true
    default: false
    }
  }

  /// The names of all.
  public static let names = [
    "profile", "evaluate", "verify", "generate", "trim", "merge", "sweep", "search",
  ]
}

/// Runs the calibration pass, or reads its cached result.
public struct ProfileRequest: Codable, Hashable, Sendable {
  /// Text files on the engine's machine; empty for the bundled calibration texts.
  public var data: [String]
  /// Tokens to run, all domains together.
  public var tokens: Int
  /// Seed of the choice of windows.
  public var seed: UInt64

  /// Tokens that are enough to tell the demo's experts apart and still take about a second.
  public static let defaultTokens = 16_384

  /// Asks for a profile.
  public init(data: [String] = [], tokens: Int = defaultTokens, seed: UInt64 = 0) {
    self.data = data
    self.tokens = tokens
    self.seed = seed
  }
}

/// Tries every change alone, or reads the cached results.
public struct SweepRequest: Codable, Hashable, Sendable {
  /// How much of a sweep is measured with the whole model.
  public enum Depth: String, Codable, CaseIterable, Sendable {
    /// Every change.
    case full
    /// A sample; what the others cost follows from how far they move their block's output.
    case propagated
    /// All where that takes less than ten minutes; an earlier sweep of either sort will do.
    case automatic
  }

  /// Text files on the engine's machine; empty for the bundled calibration texts.
  public var data: [String]
  /// Tokens that pass through the model for every change, all domains together.
  public var tokens: Int
  /// Seed of the choice of windows and of experts that go together.
  public var seed: UInt64
  /// How much is measured.
  public var depth: Depth

  /// Tokens that put the demo's changes in order and let a sweep end within a minute.
  public static let defaultTokens = 2560

  /// Asks for a sweep.
  public init(
    data: [String] = [], tokens: Int = defaultTokens, seed: UInt64 = 0, depth: Depth = .automatic
  ) {
    self.data = data
    self.tokens = tokens
    self.seed = seed
    self.depth = depth
  }

  /// Reads a request; one of a front end that knows no depths leaves it to the engine.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      data: try container.decode([String].self, forKey: .data),
      tokens: try container.decode(Int.self, forKey: .tokens),
      seed: try container.decode(UInt64.self, forKey: .seed),
      depth: try container.decodeIfPresent(Depth.self, forKey: .depth) ?? .automatic)
  }
}

/// Measures a plan's quality.
public struct EvaluationRequest: Codable, Hashable, Sendable {
  /// The plan; `nil` for the untouched model.
  public var plan: PlanFile?
  /// Text files on the engine's machine; empty for the bundled evaluation texts.
  public var data: [String]
  /// Windows per domain.
  public var windows: Int
  /// Whether the tasks are asked too.
  public var tasks: Bool
  /// The tokens for methods of the plan that look at activations; `nil` for the usual ones.
  public var calibration: ProfileRequest?
  /// What asks, for the history; `nil` for a person.
  public var origin: HistoryRun.Origin?
  /// The prediction that stands beside the plan, for the history.
  public var predicted: PredictedKL?

  /// Windows per domain of the bundled model's reference figures.
  public static let defaultWindows = 8

  /// Asks for an evaluation.
  public init(
    plan: PlanFile? = nil, data: [String] = [], windows: Int = defaultWindows, tasks: Bool = true
  ) {
    self.plan = plan
    self.data = data
    self.windows = windows
    self.tasks = tasks
  }
}

/// Compares the forward pass with stored activations.
public struct VerificationRequest: Codable, Hashable, Sendable {
  /// A safetensors file on the engine's machine.
  public var reference: String

  /// Asks for a comparison.
  public init(reference: String) { self.reference = reference }
}

/// Continues a text, always with the most likely token.
public struct GenerationRequest: Codable, Hashable, Sendable {
  /// The plan; `nil` for the untouched model.
  public var plan: PlanFile?
  /// The text to continue.
  public var prompt: String
  /// Tokens to add at most.
  public var tokens: Int
  /// The tokens for methods of the plan that look at activations; `nil` for the usual ones.
  public var calibration: ProfileRequest?

  /// Asks for a continuation.
  public init(plan: PlanFile? = nil, prompt: String, tokens: Int) {
    self.plan = plan
    self.prompt = prompt
    self.tokens = tokens
  }
}

/// What a finished job returns.
public enum JobResult: Codable, Hashable, Sendable {
  case profile(Profile)
  case evaluation(Evaluation)
  case verification(Verification)
  case generation(Generation)
  case trim(TrimProposal)
  case merge(MergeProposal)
  case sweep(Sensitivities)
  case search(SearchOutcome)
}
