import Model

extension WorkbenchState {
  /// Why the map has no colours, or `nil` when it has.
  var profileObstacle: String? {
    guard let session else { return "no model is open yet" }
    guard session.profile == nil else { return nil }
    return session.profileProblem.map { "there are no scores: \($0)" }
      ?? "the calibration pass has not finished yet"
  }

  /// Why the plan cannot be measured now, or `nil`.
  var measureObstacle: String? {
    guard let session else { return "no model is open yet" }
    if !session.hasWeights { return "there are no weights, only a config.json" }
    switch engine.phase {
    case .starting, .opening: return "the engine is starting"
    case .refused(let reason): return reason
    case .stopped: return "the engine has stopped; R starts it again"
    case .ready: break
    }
    if engine.isRunning(.evaluation(session.digest)) { return "it is being measured already" }
    return engine.lacks("evaluate")
  }

  mutating func measureNow() -> [Effect] {
    guard let digest = session?.digest else { return [] }
    session?.note { $0.repeatMeasuring(digest) }
    measureAt = now
    return []
  }

  /// Why there is nothing to stop, or `nil`.
  var stopObstacle: String? {
    let isIdle =
      engine.evaluation == nil && session?.search?.isActive != true && engine.sweep == nil
    return isIdle ? "nothing is being measured" : nil
  }

  /// Stops what runs, one thing at a time: the measurement, then the search, then the sweep.
  mutating func stop() -> [Effect] {
    if engine.evaluation != nil { return stopMeasuring() }
    return session?.search?.isActive == true ? stopSearch() : stopSweep()
  }

  private mutating func stopMeasuring() -> [Effect] {
    guard case .evaluation(let plan)? = engine.evaluation?.purpose else { return [] }
    session?.note { $0.stop(plan) }
    say("measuring stopped; e measures again")
    return stopEvaluation()
  }

  /// Starts over after the engine gave up or something failed.
  mutating func tryAgain() -> [Effect] {
    session?.profileProblem = nil
    switch engine.phase {
    case .stopped:
      engine.exits = []
      engine.phase = .starting
      return [.restartEngine]
    case .refused:
      engine.phase = .opening
      return [.openModel(path: modelPath)]
    default: return []
    }
  }

  /// What the cursor is on, as one line of text.
  var cursorSummary: String {
    guard let session else { return "" }
    let fields = view == .experts ? expertFields(session) : layerFields(session)
    let title = view == .experts ? expertTitle(session) : layerTitle(session)
    return "\(session.spec.name) \(title.map(\.text).joined()): "
      + fields.map { "\($0.label) \($0.plainValue)" }.joined(separator: ", ")
  }
}
