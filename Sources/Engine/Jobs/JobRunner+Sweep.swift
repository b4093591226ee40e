import EngineProtocol
import Measurement
import Model
import Search

extension JobRunner {
  /// Plans of several changes that a sweep measures, for predictions to be fitted to.
  private static let combinations = 32
  /// Seconds up to which everything is measured where nobody asked for one or the other.
  private static let longestFullSweep = 600.0

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
    let caches = SweepCaches(model: spec.fingerprint, data: windows.fingerprint, request: request)
    let reporter = ProgressReporter(job: job, unit: "measurements", total: sweep.count, send: send)
    let isPropagated: Bool
    if let isKnown = caches.isPropagated(request.depth) {
      isPropagated = isKnown
    } else {
      reporter.report("timing the untouched model", completed: 0)
      isPropagated = try sweep.estimatedSeconds(step: turn.step) >= Self.longestFullSweep
    }
    let cache = caches[isPropagated]
    let known = cache.read()
    if let known, known.isComplete { return known }
    // Neurons are chosen by what they do on calibration tokens.
    let sample = try library.calibrationSample(
      name, ProfileRequest(data: request.data, seed: request.seed))
    let before = known?.done ?? 0
    var saved = ContinuousClock.now
    var kept = known
    // A sweep that is stopped keeps what it has.
    defer { if let kept { cache.write(kept) } }
    let stage = isPropagated ? "measuring and propagating changes" : "measuring changes"
    reporter.report(stage, completed: before, resumed: before)
    let found = try sweep.run(
      isPropagated: isPropagated, from: known, calibration: sample,
      cancellation: turn.cancellation, step: turn.step
    ) { found in
      kept = found
      reporter.report(stage, completed: found.done, resumed: before)
      guard ContinuousClock.now - saved > Self.savingInterval else { return }
      cache.write(found)
      saved = .now
    }
    kept = found
    return found
  }
}

/// What earlier sweeps of a model on the same tokens left behind.
private struct SweepCaches {
  private let full: SweepCache
  private let propagated: SweepCache

  init(model: Fingerprint, data: Fingerprint, request: SweepRequest) {
    full = SweepCache(model: model, data: data, request: request)
    propagated = SweepCache(model: model, data: data, request: request, isPropagated: true)
  }

  subscript(isPropagated: Bool) -> SweepCache { isPropagated ? propagated : full }

  /// Whether a sweep of a depth is a propagated one: for an automatic one, whether that is what an
  /// earlier one was, a finished one before one to go on from; `nil` where there is none.
  func isPropagated(_ depth: SweepRequest.Depth) -> Bool? {
    switch depth {
    case .full: return false
    case .propagated: return true
    case .automatic:
      let found = [full.read(), propagated.read()]
      for isComplete in [true, false] {
        for (sweep, isPropagated) in zip(found, [false, true]) {
          if let sweep, sweep.isComplete == isComplete { return isPropagated }
        }
      }
      return nil
    }
  }
}
