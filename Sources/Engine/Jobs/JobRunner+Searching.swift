import EngineProtocol
import Measurement
import Model
import Numerics
import Search

extension JobRunner {
  /// Looks for the best plan under a budget.
  func search(
    _ request: SearchRequest, _ name: String, _ job: Int, _ turn: JobTurn
  ) throws -> SearchOutcome {
    let begin = ContinuousClock.now
    let model = try library.model(name)
    let windows = try library.windows(
      of: library.calibrationData(request.calibration), name, model
    ).sample(tokens: request.calibration.tokens, seed: request.calibration.seed)
    let start = try request.start?.plan(for: model.spec) ?? Plan(for: model.spec)
    let needsProfile = request.space.locks.contains { $0.contains("where") }
    let profile =
      needsProfile
      ? try self.profile(
        ProfileRequest(data: request.calibration.data), name, job, turn.cancellation) : nil
    // Whether there is anything to look for, and within reach, is known before anything is measured.
    var search = try PlanSearch(model.spec, request, profile: profile, start: start)
    if !search.isTrivial {
      let sweep = SweepRequest(
        data: request.calibration.data, seed: request.calibration.seed)
      search.learn(try self.sweep(sweep, name, job, turn))
    }
    let stages = SearchStages(model, windows)
    let total = max(1, request.generations)
    let reporter = ProgressReporter(job: job, unit: "generations", total: total, send: send)
    let result = try search.run(
      measure: { plan, stage in
        // The tokens that an evaluation of the plan will use, so that both measure the same weights.
        let calibration = try library.calibration(
          name, ProfileRequest(data: request.calibration.data), for: plan)
        return try turn.step { cancellation in
          try stages.evaluators[stage].evaluate(
            plan, calibration: calibration, withTasks: false, cancellation: cancellation)
        }.overall.kl
      },
      elapsed: { (ContinuousClock.now - begin) / .seconds(1) },
      progress: { progress in
        try turn.cancellation.check()
        reporter.report(
          "searching, \(progress.measurements) plans measured", completed: progress.generation,
          search: progress)
      })
    return SearchOutcome(
      model: model.spec.fingerprint, data: windows.fingerprint, tokens: windows.tokens,
      goal: request.goal, best: result.best, start: result.start, front: result.front,
      generations: result.generations, measurements: result.measurements,
      seed: request.calibration.seed, seconds: (ContinuousClock.now - begin) / .seconds(1),
      notes: result.notes, version: Version.current)
  }
}

/// What measures plans on few, on more and on all calibration tokens.
private struct SearchStages {
  let evaluators: [Evaluator]

  init(_ model: LoadedModel, _ windows: TokenWindows) {
    let most = windows.domains.map(\.windows.count).max() ?? 1
    let counts = [max(1, most / 6), max(1, most / 3), most]
    evaluators = counts.map { count in
      Evaluator(
        model, tokenizer: nil, windows: windows.first(count), tasks: [], version: Version.current)
    }
  }
}
