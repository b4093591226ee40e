import EngineProtocol
import Measurement
import Model
import Search

extension JobRunner {
  /// Plans of several changes that a sweep measures, for predictions to be fitted to.
  private static let combinations = 32

  /// Tries every change alone, from where an earlier run stopped.
  func sweep(
    _ request: SweepRequest, _ name: String, _ job: Int, _ turn: JobTurn
  ) throws -> Sensitivities {
    let model = try library.model(name)
    let windows = try calibrationWindows(
      request.data, tokens: request.tokens, seed: request.seed, name, model)
    let (spec, seed) = (model.spec, request.seed)
    let sweep = SensitivitySweep(
      model, windows: windows, seed: seed, combinationCount: Self.combinations,
      combinations: { RandomPlan.some(Self.combinations, for: spec, after: $0, seed: seed) },
      version: Version.current)
    let cache = SweepCache(
      model: model.spec.fingerprint, data: windows.fingerprint, request: request)
    let known = cache.read()
    if let known, known.isComplete { return known }
    // Neurons are chosen by what they do on calibration tokens.
    let sample = try library.calibrationSample(
      name, ProfileRequest(data: request.data, seed: request.seed))
    let reporter = ProgressReporter(job: job, unit: "measurements", total: sweep.count, send: send)
    let before = known?.done ?? 0
    var saved = ContinuousClock.now
    var kept = known
    // A sweep that is stopped keeps what it has.
    defer { if let kept { cache.write(kept) } }
    reporter.report("measuring changes", completed: before, resumed: before)
    let found = try sweep.run(
      from: known, calibration: sample, cancellation: turn.cancellation, step: turn.step
    ) { found in
      kept = found
      reporter.report("measuring changes", completed: found.done, resumed: before)
      guard ContinuousClock.now - saved > Self.savingInterval else { return }
      cache.write(found)
      saved = .now
    }
    kept = found
    return found
  }
}
