import EngineProtocol
import Model

extension WorkbenchState {
  /// Why no search can be begun now, or `nil`.
  var searchObstacle: String? {
    guard let session else { return "no model is open yet" }
    if !session.hasWeights { return "there are no weights, only a config.json" }
    if session.search?.isActive == true { return "one is under way; X stops it" }
    switch engine.phase {
    case .refused(let reason): return reason
    case .stopped: return "the engine has stopped; R starts it again"
    case .starting, .opening, .ready: return engine.lacks("search")
    }
  }

  /// Begins to search, from the plan as it is.
  mutating func search(_ goal: SearchGoal) {
    guard let session else { return }
    let start = session.isPlanEmpty ? nil : PlanFile(session.plan, of: session.spec)
    self.session?.search = SearchState(goal, start: start)
    say(
      "searching from \(start == nil ? "the untouched model" : "your plan") whenever nothing else is"
        + " measured; F shows what is found")
  }

  /// Gives the engine a search that a person asked for.
  mutating func searchIfAsked() -> [Effect] {
    guard session?.search?.phase == .asked, engine.lacks("search") == nil else { return [] }
    session?.search?.phase = .running
    return start(.search)
  }

  /// Lets the search rest, or go on.
  mutating func pauseSearch() -> [Effect] {
    guard let search = session?.search, search.isActive else { return [] }
    let isPaused = !search.isPaused
    session?.search?.isPaused = isPaused
    return engine.search?.id.map { [.pauseJob($0, paused: isPaused)] } ?? []
  }

  /// Ends the search and keeps what it found.
  mutating func stopSearch() -> [Effect] {
    session?.search?.phase = .stopped
    session?.search?.isPaused = false
    say(
      session?.search?.best == nil
        ? "the search stopped before it found a plan"
        : "the search stopped; F shows what it found")
    return cancel(engine.search)
  }

  /// Whether nothing runs but a search that a person lets rest.
  var isResting: Bool {
    session?.search?.isPaused == true && engine.jobs.allSatisfy { $0.purpose == .search }
  }

  // MARK: - What it found

  mutating func searchFinished(_ outcome: SearchOutcome) {
    guard let spec = session?.spec else { return }
    session?.search?.finish(outcome, spec)
    let best = outcome.best
    var text = "the search is done: \(Figure.bytes(best.bytes))"
    if let kl = best.measured {
      text += ", KL \(Figure.significant(kl)) nats on \(Figure.count(Double(outcome.tokens)))"
      text += " calibration tokens"
    }
    text += isShowingFront ? "; Enter takes it" : "; F, then Enter takes it"
    say(([text] + outcome.notes).joined(separator: "; "), .good)
  }

  mutating func searchFailed(_ reason: String) {
    session?.search?.phase = .failed(reason)
    say("the search failed: \(reason)", .bad)
  }

  private var isShowingFront: Bool { if case .front = mode { true } else { false } }

  // MARK: - The cursor on the front

  /// Why there is no front to show, or `nil`.
  var frontObstacle: String? {
    guard let session else { return "no model is open yet" }
    return session.search == nil ? "there is none; \":search memory 9MiB\" looks for plans" : nil
  }

  /// The place of the selected plan on the front; `nil` while it is empty.
  var frontCursor: Int? {
    guard case .front(let bytes) = mode, let search = session?.search, !search.front.isEmpty else {
      return nil
    }
    guard let bytes else { return search.front.firstIndex { $0 == search.best } ?? 0 }
    func distance(_ index: Int) -> Double {
      (Double(search.front[index].point.bytes) - Double(bytes)).magnitude
    }
    return search.front.indices.min { distance($0) < distance($1) }
  }

  mutating func moveFrontCursor(by step: Int) {
    guard let cursor = frontCursor, let front = session?.search?.front else { return }
    // Positions may be far off where a key leads to either end.
    let place = min(max(0, cursor + min(max(step, -front.count), front.count)), front.count - 1)
    mode = .front(bytes: front[place].point.bytes)
  }

  /// Takes the selected plan as the plan; undone as an edit is.
  mutating func takeFromFront() {
    guard let session, let search = session.search, let cursor = frontCursor else { return }
    let chosen = search.front[cursor]
    guard let file = chosen.point.plan else {
      let reason =
        search.isActive
        ? "the search sends this plan when it ends"
        : "the search ended before it sent this plan"
      return say("\(reason); the best one (◆) can be taken", .warning)
    }
    let plan: Plan
    do throws(PlanFileError) { plan = try file.plan(for: session.spec) } catch {
      return say("the plan was not taken: \(error)", .bad)
    }
    mode = .browse
    guard plan.digest != session.digest else { return say("your plan is this one already") }
    let name = "the front's plan of \(Figure.bytes(chosen.point.bytes))"
    self.session?.take(plan, called: name)
    planChanged()
    say("taken: \(name); u goes back to yours", .good)
  }
}
