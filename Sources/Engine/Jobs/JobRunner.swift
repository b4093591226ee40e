import Checkpoint
import EngineProtocol
import FoundationEssentials
import Measurement
import Model
import Numerics

/// Does the work of each kind of job.
struct JobRunner: Sendable {
  let library: ModelLibrary
  let history: HistoryStore
  let send: @Sendable (JobProgress) -> Void

  /// Runs a job to its end.
  func run(
    _ work: JobRequest, model: String, job: Int, turn: JobTurn
  ) throws -> JobResult {
    let cancellation = turn.cancellation
    return switch work {
    case .profile(let request):
      .profile(try profile(request, model, job, cancellation))
    case .evaluate(let request):
      .evaluation(try evaluate(request, model, job, cancellation))
    case .verify(let request):
      .verification(try verify(request, model, cancellation))
    case .generate(let request):
      .generation(try generate(request, model, job, cancellation))
    case .trim(let request):
      .trim(try trim(request, model, job, cancellation))
    case .merge(let request):
      .merge(try merge(request, model, job, cancellation))
    case .sweep(let request):
      .sweep(try sweep(request, model, job, turn))
    case .search(let request):
      .search(try search(request, model, job, turn))
    }
  }

  func profile(
    _ request: ProfileRequest, _ name: String, _ job: Int, _ cancellation: Cancellation
  ) throws -> Profile {
    let data = try library.calibrationData(request)
    let model = try library.model(name)
    let cache = ProfileCache(
      model: model.spec.fingerprint, texts: data.fingerprint, request: request)
    if let known = cache.read() { return known }
    let windows = try library.windows(of: data, name, model)
      .sample(tokens: request.tokens, seed: request.seed)
    let reporter = ProgressReporter(job: job, unit: "tokens", total: windows.tokens, send: send)
    let pass = CalibrationPass(
      model, windows: windows, seed: request.seed, version: Version.current)
    let state = cache.readPartial()
    let blocks = model.spec.blocks.count
    var resumed: Int?
    var saved = ContinuousClock.now
    reporter.report("calibrating", completed: 0)
    let profile = try pass.run(
      from: state, cancellation: cancellation,
      save: { state in
        guard ContinuousClock.now - saved > Self.savingInterval else { return }
        cache.writePartial(state)
        saved = .now
      },
      progress: { progress in
        // What the first report of a resumed pass has beyond one block was done before.
        resumed = resumed ?? max(0, progress.tokens - windows.tokens / max(1, blocks))
        reporter.report(
          "calibrating, block \(progress.block + 1) of \(blocks)", completed: progress.tokens,
          bytes: model.streams ? progress.bytes : nil, resumed: resumed ?? 0)
      })
    cache.write(profile)
    return profile
  }

  /// How often a calibration pass keeps how far it is: seldom enough to cost nothing on small
  /// models, often enough to lose little on large ones.
  static let savingInterval = Duration.seconds(5)

  private func evaluate(
    _ request: EvaluationRequest, _ name: String, _ job: Int, _ cancellation: Cancellation
  ) throws -> Evaluation {
    let plan = try plan(request.plan, of: name)
    let evaluator = try library.evaluator(name, for: request)
    let reporter = ProgressReporter(
      job: job, unit: "tokens", total: evaluator.tokens(withTasks: request.tasks), send: send)
    let calibration = try library.calibration(
      name, request.calibration ?? ProfileRequest(), for: plan)
    let evaluation = try evaluator.evaluate(
      plan, calibration: calibration, withTasks: request.tasks, cancellation: cancellation
    ) { partial in
      let done = Int(
        (partial.fraction * Double(evaluator.tokens(withTasks: request.tasks))).rounded())
      reporter.report("evaluating", completed: done, partial: partial)
    }
    record(evaluation, of: plan, request, name)
    return evaluation
  }

  private func verify(
    _ request: VerificationRequest, _ name: String, _ cancellation: Cancellation
  ) throws -> Verification {
    let file = try SafetensorsFile(path: request.reference)
    return try ReferenceComparison(library.model(name), file: file).run(cancellation: cancellation)
  }

  private func generate(
    _ request: GenerationRequest, _ name: String, _ job: Int, _ cancellation: Cancellation
  ) throws -> Generation {
    let plan = try plan(request.plan, of: name)
    let reporter = ProgressReporter(job: job, unit: "tokens", total: request.tokens, send: send)
    let calibration = try library.calibration(
      name, request.calibration ?? ProfileRequest(), for: plan)
    return try Continuation(model: library.model(name), tokenizer: library.tokenizer(name)).run(
      request.prompt, tokens: request.tokens, choices: plan.choices, calibration: calibration,
      cancellation: cancellation
    ) { reporter.report("generating", completed: $0) }
  }

  private func plan(_ file: PlanFile?, of name: String) throws -> Plan {
    let spec = try library.model(name).spec
    return try file?.plan(for: spec) ?? Plan(for: spec)
  }
}
