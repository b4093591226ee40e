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
  private let plan: Plan

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
    var plan = Plan(for: model.spec)
    let last = model.spec.moeBlocks.last ?? 0
    try plan.apply(
      Edit(parsing: "drop experts \(last).0"), spec: model.spec, profile: nil)
    self.plan = plan
  }

  /// Tokens of the calibration pass.
  public var profileTokens: Int { calibration.tokens }
  /// Tokens of an evaluation, tasks left out.
  public var evaluationTokens: Int { evaluator.tokens(withTasks: false) }
  /// Floating-point operations of an evaluation: the plan's pass and both heads.
  public var evaluationOperations: Double {
    let window = model.windowLength
    let pass = model.spec.flops(tokens: window, choices: plan.choices)
    let head = 2 * Double(window * model.spec.vocabulary * model.spec.hidden)
    return (pass + head) * Double(evaluationTokens / window)
  }

  /// Runs the calibration pass.
  ///
  /// - Throws: what the pass throws.
  /// - Returns: the profile.
  public func profile() throws -> Profile {
    try CalibrationPass(model, windows: calibration, seed: 0, version: Version.current).run()
  }

  /// Measures a plan that drops one expert.
  ///
  /// - Throws: what the evaluation throws.
  /// - Returns: the figures.
  public func evaluate(tasks: Bool = false) throws -> Evaluation {
    try evaluator.evaluate(plan, withTasks: tasks)
  }
}
