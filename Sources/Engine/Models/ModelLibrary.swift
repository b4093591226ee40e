import Checkpoint
import EngineProtocol
import FoundationEssentials
import Measurement
import Model
import Synchronization

/// The models the engine has opened, each with what measurements on it share.
final class ModelLibrary: Sendable {
  private struct EvaluatorKey: Hashable {
    var model: Fingerprint
    var data: Fingerprint
    var windows: Int
  }

  private struct CalibrationKey: Hashable {
    var model: Fingerprint
    var data: Fingerprint
    var tokens: Int
    var seed: UInt64
  }

  private struct State {
    var models: [String: LoadedModel] = [:]
    var tokenizers: [String: Tokenizer] = [:]
    var evaluators: [EvaluatorKey: Evaluator] = [:]
    /// The calibration tokens used last.
    var calibrations: [CalibrationKey: CalibrationSample] = [:]
  }

  private let state = Mutex(State())
  private let memory: MemoryBudget

  /// An empty library whose models may have `memory` resident, each.
  init(memory: MemoryBudget) { self.memory = memory }

  /// Describes the model in a folder, from headers or, without weights, from its config alone.
  ///
  /// - Throws: `CheckpointError`, or `EngineFailure` where the bundled model is not installed.
  func open(_ name: String) throws -> OpenedModel {
    let folder = try Self.folder(of: name)
    guard Checkpoint.hasWeights(folder: folder) else {
      let spec = try Checkpoint.describe(folder: folder, name: Self.title(of: name))
      return OpenedModel(spec: spec, hasWeights: false)
    }
    return OpenedModel(spec: try model(name).spec, hasWeights: true)
  }

  /// The opened model, opened now if it was not.
  ///
  /// - Throws: `CheckpointError` or `EngineFailure`.
  func model(_ name: String) throws -> LoadedModel {
    if let known = state.withLock({ $0.models[name] }) { return known }
    let folder = try Self.folder(of: name)
    let checkpoint = try Checkpoint.open(folder: folder, name: Self.title(of: name))
    let model = LoadedModel(checkpoint, memory: memory)
    return state.withLock { state in
      let first = state.models[name] ?? model
      state.models[name] = first
      return first
    }
  }

  /// The model's tokenizer, read now if it was not.
  ///
  /// - Throws: `CheckpointError` or `EngineFailure`.
  func tokenizer(_ name: String) throws -> Tokenizer {
    if let known = state.withLock({ $0.tokenizers[name] }) { return known }
    let tokenizer = try Tokenizer(folder: Self.folder(of: name))
    state.withLock { $0.tokenizers[name] = tokenizer }
    return tokenizer
  }

  /// What measures plans of a model on the texts of a request, made now if it was not.
  ///
  /// - Throws: `CheckpointError`, `MeasurementError` or `EngineFailure`.
  func evaluator(_ name: String, for request: EvaluationRequest) throws -> Evaluator {
    let model = try model(name)
    let files =
      request.data.isEmpty
      ? ShareFolder.texts(endingIn: ".evaluation.txt") + ShareFolder.texts(endingIn: ".task.jsonl")
      : request.data
    let taskFiles = files.filter { $0.hasSuffix(".jsonl") }
    let domains = try files.filter { !$0.hasSuffix(".jsonl") }.map { try DomainData(file: $0) }
    var data = domains.fingerprint
    for file in taskFiles { data.combine(try DomainText(file: file).text) }
    let key = EvaluatorKey(model: model.spec.fingerprint, data: data, windows: request.windows)
    if let known = state.withLock({ $0.evaluators[key] }) { return known }
    let windows = try self.windows(of: domains, name, model)
    // Ids alone need no tokenizer, which may be missing or of a kind that is not supported.
    let tokenizer = domains.hasTexts || !taskFiles.isEmpty ? try self.tokenizer(name) : nil
    let tasks = try tokenizer.map { try self.tasks(taskFiles, $0, model) } ?? []
    let evaluator = Evaluator(
      model, tokenizer: tokenizer, windows: windows.first(request.windows), tasks: tasks,
      version: Version.current)
    state.withLock { $0.evaluators[key] = evaluator }
    return evaluator
  }

  /// The texts of a calibration request, the bundled ones where it names none.
  ///
  /// - Throws: `MeasurementError`.
  func calibrationData(_ request: ProfileRequest) throws -> [DomainData] {
    let files =
      request.data.isEmpty ? ShareFolder.texts(endingIn: ".calibration.txt") : request.data
    return try files.map { try DomainData(file: $0) }
  }

  /// The calibration tokens that a plan's methods need; `nil` where they need none.
  ///
  /// - Throws: `CheckpointError`, `MeasurementError` or `EngineFailure`.
  func calibration(
    _ name: String, _ request: ProfileRequest, for plan: Plan
  ) throws -> CalibrationSample? {
    guard plan.choices.needsCalibration else { return nil }
    let model = try model(name)
    let data = try calibrationData(request)
    let key = CalibrationKey(
      model: model.spec.fingerprint, data: data.fingerprint, tokens: request.tokens,
      seed: request.seed)
    if let known = state.withLock({ $0.calibrations[key] }) { return known }
    let windows = try windows(of: data, name, model)
    let sample = CalibrationSample(
      windows.sample(tokens: request.tokens, seed: request.seed), seed: request.seed)
    state.withLock { $0.calibrations = [key: sample] }
    return sample
  }

  /// The data cut into the model's windows; its tokenizer is read only for texts.
  ///
  /// - Throws: `CheckpointError`, `MeasurementError` or `EngineFailure`.
  func windows(
    of data: [DomainData], _ name: String, _ model: LoadedModel
  ) throws -> TokenWindows {
    try TokenWindows(
      data, vocabulary: model.spec.vocabulary, windowLength: model.windowLength
    ) { try tokenizer(name) }
  }

  private func tasks(
    _ files: [String], _ tokenizer: Tokenizer, _ model: LoadedModel
  ) throws -> [ExactMatchTask] {
    try files.map {
      try ExactMatchTask(file: $0, tokenizer: tokenizer, context: model.spec.context)
    }
  }

  private static func folder(of name: String) throws -> String {
    guard name == "demo" else { return name }
    guard let demo = ShareFolder.demoModel else {
      throw EngineFailure(
        .badRequest,
        "demo: the bundled model is not installed; set LATHE_SHARE to the folder that holds it")
    }
    return demo.appending(path: "checkpoint").path
  }

  /// What a person calls the model; `nil` for a file, which has a name of its own.
  private static func title(of name: String) -> String? {
    guard name != "demo" else { return name }
    let title = URL(filePath: name).standardized.lastPathComponent
    return title.lowercased().hasSuffix(".gguf") ? nil : title
  }
}
