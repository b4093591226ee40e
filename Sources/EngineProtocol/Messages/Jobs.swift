public import Model

/// Long work an engine can do.
public enum JobRequest: Codable, Hashable, Sendable {
  case profile(ProfileRequest)
  case evaluate(EvaluationRequest)
  case verify(VerificationRequest)
  case generate(GenerationRequest)

  /// Its name, as `EngineDescription.jobs` lists it.
  public var name: String {
    switch self {
    case .profile: "profile"
    case .evaluate: "evaluate"
    case .verify: "verify"
    case .generate: "generate"
    }
  }

  /// The names of all.
  public static let names = ["profile", "evaluate", "verify", "generate"]
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

/// Measures a plan's quality.
public struct EvaluationRequest: Codable, Hashable, Sendable {
  /// The plan; `nil` for the untouched model.
  public var plan: PlanFile?
  /// Text files on the engine's machine; empty for the bundled evaluation texts.
  public var data: [String]
  /// Windows per domain.
  public var windows: Int
  /// Whether the exact-match tasks are asked too.
  public var tasks: Bool

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
}

/// How far the forward pass is from stored activations.
public struct Verification: Codable, Hashable, Sendable {
  /// One stored tensor's comparison.
  public struct Tensor: Codable, Hashable, Sendable {
    /// Its name in the reference file.
    public var name: String
    /// Largest absolute difference.
    public var maxAbsError: Double

    /// A comparison.
    public init(name: String, maxAbsError: Double) {
      self.name = name
      self.maxAbsError = maxAbsError
    }

    private enum CodingKeys: String, CodingKey {
      case name
      case maxAbsError = "max_abs_error"
    }
  }

  /// Whether every tensor is within the tolerance.
  public var ok: Bool
  /// The largest difference allowed.
  public var tolerance: Double
  /// Every stored tensor, in the order of the forward pass.
  public var tensors: [Tensor]

  /// The result of a comparison.
  public init(ok: Bool, tolerance: Double, tensors: [Tensor]) {
    self.ok = ok
    self.tolerance = tolerance
    self.tensors = tensors
  }
}

/// A continued text.
public struct Generation: Codable, Hashable, Sendable {
  /// The continuation, without the prompt.
  public var text: String
  /// Tokens added.
  public var tokens: Int
  /// Tokens added per second.
  public var tokensPerSecond: Double

  /// A continued text.
  public init(text: String, tokens: Int, tokensPerSecond: Double) {
    self.text = text
    self.tokens = tokens
    self.tokensPerSecond = tokensPerSecond
  }

  private enum CodingKeys: String, CodingKey {
    case text, tokens
    case tokensPerSecond = "tokens_per_second"
  }
}
