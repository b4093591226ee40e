import EngineProtocol
import Model

/// How far the sweep is that predictions rest on.
enum SweepState: Equatable, Sendable {
  /// It begins by itself where it is short, else when a person asks.
  case unasked
  case asked
  /// A person stopped it; what it found so far is kept.
  case stopped
  case failed(String)
  case finished(Derived<Sensitivities>)
}

extension WorkbenchState {
  /// Seconds up to which a sweep begins without being asked.
  static let shortSweep = 120.0

  /// Milliseconds without a key after which a sweep begins unasked: a person who looks around is not to
  /// hear the fans, and one who edits is to have the engine alone.
  static let sweepDelay = 10_000

  /// When a sweep begins by itself; `nil` where it does not.
  var sweepDue: Int? {
    guard let session, case .unasked = session.sweep, engine.isReady, engine.jobs.isEmpty,
      engine.lacks("sweep") == nil, let seconds = expectedSweepSeconds, seconds < Self.shortSweep
    else { return nil }
    return max(lastInput, session.shownMeasurement?.arrived ?? 0) + Self.sweepDelay
  }

  /// Begins the sweep when nothing else is to be done.
  mutating func sweepIfWanted() -> [Effect] {
    // A search that rests leaves the engine to the sweep; one that runs shares what it sweeps.
    guard let session, engine.lacks("sweep") == nil, measureAt == nil,
      engine.jobs.allSatisfy({ $0.purpose == .search })
    else { return [] }
    switch session.sweep {
    case .asked: return start(.sweep)
    case .unasked:
      guard let due = sweepDue, now >= due else { return [] }
      self.session?.sweep = .asked
      return start(.sweep)
    case .stopped, .failed, .finished: return []
    }
  }

  /// About how long a sweep takes, by how long the original took to measure.
  var expectedSweepSeconds: Double? {
    guard let session, let original = session.measurements[session.emptyDigest]?.evaluation,
      original.tokensPerSecond > 0
    else { return nil }
    let passes = Double(SweepRequest.defaultTokens * session.sweepSize)
    return passes / original.tokensPerSecond
  }

  /// Why the sweep cannot be started or stopped now, or `nil`.
  var sweepObstacle: String? {
    guard let session else { return "no model is open yet" }
    if !session.hasWeights { return "there are no weights, only a config.json" }
    if case .finished = session.sweep { return "it is done" }
    return engine.lacks("sweep")
  }

  /// Starts the sweep, or stops it.
  mutating func toggleSweep() -> [Effect] {
    if engine.sweep != nil { return stopSweep() }
    session?.sweep = .asked
    say("the sweep runs whenever nothing else does; S stops it")
    return []
  }

  /// Stops the sweep; what it has measured is kept.
  mutating func stopSweep() -> [Effect] {
    session?.sweep = .stopped
    say("the sweep stopped; S goes on from there")
    return cancel(engine.sweep)
  }
}
