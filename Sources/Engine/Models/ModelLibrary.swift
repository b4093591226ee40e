import Checkpoint
import EngineProtocol
import FoundationEssentials
import Measurement
import Model
import Synchronization

/// The models the engine has opened, each with what measurements on it share.
final class ModelLibrary: Sendable {
  fileprivate struct EvaluatorKey: Hashable {
    var model: String
    var data: Fingerprint
    var windows: Int
  }

  fileprivate struct CalibrationKey: Hashable {
    var model: Fingerprint
    var data: Fingerprint
    var tokens: Int
    var seed: UInt64
  }

  fileprivate struct State {
    var models: [String: Opened] = [:]
    var tokenizers: [String: (tokenizer: Tokenizer, stamp: CheckpointStamp)] = [:]
    var evaluators: [EvaluatorKey: (evaluator: Evaluator, lastUse: Int)] = [:]
    /// The calibration tokens used last.
    var calibrations: [CalibrationKey: CalibrationSample] = [:]
    /// Counts uses.
    var now = 0
  }

  fileprivate struct Opened {
    var model: LoadedModel
    /// The files it was opened from.
    var stamp: CheckpointStamp
    var lastUse: Int
  }

  /// Evaluators kept: they hold token ids, and what they measure anew is only encoded anew.
  private static let mostEvaluators = 8

  private let state = Mutex(State())
  private let memory: MemoryBudget

  /// An empty library whose models may have `memory` resident, all together.
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

  /// The opened model, opened now if it was not, or if its files were replaced.
  ///
  /// Models that were used least recently are closed where the memory does not reach for all.
  ///
  /// - Throws: `CheckpointError` or `EngineFailure`.
  func model(_ name: String) throws -> LoadedModel {
    let folder = try Self.folder(of: name)
    let stamp = try CheckpointStamp(of: folder)
    if let known = state.withLock({ $0.use(name, stamp) }) { return known }
    let checkpoint = try Checkpoint.open(folder: folder, name: Self.title(of: name))
    let model = LoadedModel(checkpoint, memory: memory)
    return state.withLock { state in
      if let first = state.use(name, stamp) { return first }
      state.close(name)
      state.makeRoom(for: model, in: memory)
      state.models[name] = Opened(model: model, stamp: stamp, lastUse: state.now)
      return model
    }
  }

  /// The model's tokenizer, read now if it was not, or if its files were replaced.
  ///
  /// - Throws: `CheckpointError` or `EngineFailure`.
  func tokenizer(_ name: String) throws -> Tokenizer {
    let folder = try Self.folder(of: name)
    let stamp = try CheckpointStamp(of: folder)
    if let known = state.withLock({ $0.tokenizers[name] }), known.stamp == stamp {
      return known.tokenizer
    }
    let tokenizer = try Tokenizer(folder: folder)
    state.withLock { $0.tokenizers[name] = (tokenizer, stamp) }
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
    let key = EvaluatorKey(model: name, data: data, windows: request.windows)
    if let known = state.withLock({ $0.use(key) }) { return known }
    let windows = try self.windows(of: domains, name, model)
    // Ids alone need no tokenizer, which may be missing or of a kind that is not supported.
    let tokenizer = domains.hasTexts || !taskFiles.isEmpty ? try self.tokenizer(name) : nil
    let tasks = try tokenizer.map { try self.tasks(taskFiles, $0, model) } ?? []
    let evaluator = Evaluator(
      model, tokenizer: tokenizer, windows: windows.first(request.windows), tasks: tasks,
      version: Version.current)
    state.withLock { $0.keep(evaluator, key, of: model, atMost: Self.mostEvaluators) }
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
    return try calibrationSample(name, request)
  }

  /// The calibration tokens of a request, for methods that look at activations.
  ///
  /// - Throws: `CheckpointError`, `MeasurementError` or `EngineFailure`.
  func calibrationSample(
    _ name: String, _ request: ProfileRequest
  ) throws -> CalibrationSample {
    let model = try model(name)
    let data = try calibrationData(request)
    let key = CalibrationKey(
      model: model.spec.fingerprint, data: data.fingerprint, tokens: request.tokens,
      seed: request.seed)
    if let known = state.withLock({ $0.calibrations[key] }) { return known }
    let windows = try windows(of: data, name, model)
    // They go through the model together, beside what measuring holds; how many it were is told.
    let tokens = min(request.tokens, model.memory.tokens(model.spec) / 2)
    let sample = CalibrationSample(
      windows.sample(tokens: tokens, seed: request.seed), seed: request.seed)
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

// MARK: - What stays open

extension ModelLibrary.State {
  /// The open model, if its files are still the same.
  fileprivate mutating func use(_ name: String, _ stamp: CheckpointStamp) -> LoadedModel? {
    guard models[name]?.stamp == stamp else { return nil }
    now += 1
    models[name]?.lastUse = now
    return models[name]?.model
  }

  /// Forgets a model and what measures it; a job that runs on it keeps it until it ends.
  fileprivate mutating func close(_ name: String) {
    models[name] = nil
    evaluators = evaluators.filter { $0.key.model != name }
  }

  /// Closes the models used least recently until one more fits.
  fileprivate mutating func makeRoom(for model: LoadedModel, in memory: MemoryBudget) {
    now += 1
    var left = memory.bytes - memory.share(of: model.spec)
    for (name, open) in models.sorted(by: { $0.value.lastUse > $1.value.lastUse }) {
      left -= memory.share(of: open.model.spec)
      if left < 0 { close(name) }
    }
  }

  fileprivate mutating func use(_ key: ModelLibrary.EvaluatorKey) -> Evaluator? {
    now += 1
    evaluators[key]?.lastUse = now
    return evaluators[key]?.evaluator
  }

  /// Keeps an evaluator, unless its model was closed meanwhile.
  fileprivate mutating func keep(
    _ evaluator: Evaluator, _ key: ModelLibrary.EvaluatorKey, of model: LoadedModel,
    atMost limit: Int
  ) {
    guard models[key.model]?.model === model else { return }
    evaluators[key] = (evaluator, now)
    guard evaluators.count > limit else { return }
    let oldest = evaluators.min { $0.value.lastUse < $1.value.lastUse }
    if let oldest { evaluators[oldest.key] = nil }
  }
}
