import EngineProtocol
import Measurement
import Model

/// The engine's long work, run in this process without its caches, for timing.
public struct EngineBench {
  private let library = ModelLibrary(memory: .standard)
  private let name: String
  private let model: LoadedModel
  private let calibration: TokenWindows
  private let evaluator: Evaluator

  /// Opens a model and encodes the bundled texts.
  ///
  /// - Throws: what opening or encoding throws.
  public init(model name: String) throws {
    self.name = name
    model = try library.model(name)
    let request = ProfileRequest()
    let texts = try ShareFolder.texts(endingIn: ".calibration.txt").map { try DomainText(file: $0) }
    calibration = try TokenWindows(
      texts, tokenizer: library.tokenizer(name), windowLength: model.windowLength
    ).sample(tokens: request.tokens, seed: request.seed)
    evaluator = try library.evaluator(name, for: EvaluationRequest())
  }

  /// Tokens of the calibration pass.
  public var profileTokens: Int { calibration.tokens }
  /// Tokens of an evaluation, tasks left out.
  public var evaluationTokens: Int { evaluator.tokens(withTasks: false) }
  /// Floating-point operations of a plan's pass through all blocks, its head included.
  public var evaluationOperations: Double {
    let window = model.windowLength
    let pass = model.spec.flops(tokens: window, choices: Choices(model.spec))
    return pass * Double(evaluationTokens / window)
  }

  /// Runs the calibration pass.
  ///
  /// - Throws: what the pass throws.
  /// - Returns: the profile.
  public func profile() throws -> Profile {
    try CalibrationPass(model, windows: calibration, seed: 0, version: Version.current).run()
  }

  /// How long an evaluation took.
  public struct EvaluationTiming: Sendable {
    /// Until the first figures with their intervals.
    public var first: Double
    /// Until the last.
    public var total: Double
  }

  /// Blocks of the model.
  public var blocks: Int { model.spec.blocks.count }

  /// Blocks with experts.
  public var moeBlocks: [Int] { model.spec.moeBlocks }

  /// Measures the plan that edits make, on top of what is kept from plans measured before.
  ///
  /// - Throws: `EditError`, or what the evaluation throws.
  /// - Returns: seconds.
  public func evaluate(_ edits: [String], tasks: Bool = false) throws -> EvaluationTiming {
    var plan = Plan(for: model.spec)
    for edit in edits {
      try plan.apply(Edit(parsing: edit), spec: model.spec, profile: nil)
    }
    let start = ContinuousClock.now
    func seconds() -> Double {
      let (seconds, attoseconds) = (ContinuousClock.now - start).components
      return Double(seconds) + Double(attoseconds) / 1e18
    }
    var first: Double?
    _ = try evaluator.evaluate(plan, withTasks: tasks) { _ in first = first ?? seconds() }
    let total = seconds()
    return EvaluationTiming(first: first ?? total, total: total)
  }

  /// Forgets what evaluations keep for each other.
  public func forgetStates() { model.forgetStates() }
}
