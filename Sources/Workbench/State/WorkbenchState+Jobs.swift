import EngineProtocol
import Model

extension Session {
  /// The measurement to show: the plan's own, else the latest, which is then stale.
  var shownMeasurement: Measurement? {
    measurements[digest] ?? measurements.latest.flatMap { measurements[$0] }
  }
}

extension WorkbenchState {
  /// Milliseconds without an edit after which a plan is measured.
  static let measureDelay = 500

  mutating func take(_ event: EngineEvent) -> [Effect] {
    switch event {
    case .described(let description):
      engine.description = description
      engine.phase = .opening
      return [.openModel(path: modelPath)]
    case .opened(let model):
      opened(model)
      let isUnknown = engine.isReady && model.hasWeights && session?.isRecalled == false
      return isUnknown ? [.recall(EvaluationRequest())] : []
    case .recalled(let known): session?.recall(known, at: now)
    case .notice(let notice): say(notice.message, .warning)
    case .openFailed(let failure): engine.phase = .refused(failure.message)
    case .jobStarted(let ticket, let job): return jobStarted(ticket, job)
    case .jobRefused(let ticket, let failure):
      guard let index = engine.jobs.firstIndex(where: { $0.ticket == ticket }) else { break }
      ended(engine.jobs.remove(at: index), failure)
    case .notification(let notification): take(notification)
    case .exited(let reason): return exited(reason)
    }
    return []
  }

  private mutating func opened(_ model: OpenedModel) {
    if let session, session.spec.fingerprint != model.spec.fingerprint {
      engine.phase = .refused(
        "the model at \(modelPath) is not the one your plan was made for any more;"
          + " save the plan (w) and open the model again")
      return
    }
    engine.phase = .ready
    guard session == nil else { return }
    var session = Session(model)
    if !model.hasWeights { session.profileProblem = "there are no weights, only a config.json" }
    self.session = session
    // The first expert is what a person looks at first, also where the first blocks are dense.
    block = model.spec.moeBlocks.first ?? 0
    if let waiting = waitingPlan {
      waitingPlan = nil
      loaded(waiting.file, waiting.path)
    }
  }

  private mutating func jobStarted(_ ticket: Int, _ id: Int) -> [Effect] {
    guard let index = engine.jobs.firstIndex(where: { $0.ticket == ticket }) else {
      return [.cancelJob(id)]
    }
    engine.jobs[index].id = id
    let isCancelled = engine.jobs[index].isCancelled
    let waiting = engine.orphans.filter { $0.job == id }
    engine.orphans.removeAll { $0.job == id }
    let isPaused = engine.jobs[index].purpose == .search && session?.search?.isPaused == true
    for notification in waiting { take(notification) }
    guard engine.index(ofJob: id) != nil else { return [] }
    return isCancelled ? [.cancelJob(id)] : isPaused ? [.pauseJob(id, paused: true)] : []
  }

  private mutating func take(_ notification: JobNotification) {
    guard let index = engine.index(ofJob: notification.job) else {
      if engine.orphans.count == EngineState.orphanLimit { engine.orphans.removeFirst() }
      engine.orphans.append(notification)
      return
    }
    switch notification {
    case .progress(let progress): advance(index, progress)
    case .finished(let finished): ended(engine.jobs.remove(at: index), finished.result)
    case .failed(let failed): ended(engine.jobs.remove(at: index), failed.failure)
    }
  }

  private mutating func advance(_ index: Int, _ progress: JobProgress) {
    engine.jobs[index].progress = progress
    let job = engine.jobs[index]
    guard job.purpose == .search, !job.isCancelled, let found = progress.search,
      let spec = session?.spec
    else { return }
    session?.search?.advance(found, spec)
  }

  private mutating func ended(_ job: EngineState.Job, _ result: JobResult) {
    switch (job.purpose, result) {
    case (.profile, .profile(let profile)):
      guard let spec = session?.spec, profile.fits(spec) else {
        session?.profileProblem = "the engine's profile does not fit the model"
        return
      }
      session?.setProfile(profile, metric: metric, scale: scale)
    case (.evaluation, .evaluation(let evaluation)):
      if let plan = job.plan { session?.finish(evaluation, of: plan, at: now) }
    case (.sweep, .sweep(let found)):
      session?.setSensitivities(found)
      say("the sweep is done: predictions rest on it from now on", .good)
    // Another search may have begun since.
    case (.search, _) where job.isCancelled: break
    case (.search, .search(let outcome)): searchFinished(outcome)
    case (.search, _): searchFailed("the engine answered with something else")
    case (.sweep, _): session?.sweep = .failed("the engine answered with something else")
    case (.profile, _): session?.profileProblem = "the engine answered with something else"
    case (.evaluation(let plan), _):
      session?.note { $0.fail(plan, "the engine answered with something else") }
    }
  }

  private mutating func ended(_ job: EngineState.Job, _ failure: EngineFailure) {
    guard !job.isCancelled else { return }
    switch job.purpose {
    case .profile:
      session?.profileProblem = failure.message
      say("the calibration pass failed: \(failure.message)", .bad)
    case .evaluation(let plan):
      session?.note { $0.fail(plan, failure.message) }
      say("measuring failed: \(failure.message)", .bad)
    case .sweep:
      session?.sweep = .failed(failure.message)
      say("the sweep failed: \(failure.message)", .bad)
    case .search: searchFailed(failure.message)
    }
  }

  private mutating func exited(_ reason: String) -> [Effect] {
    if let job = engine.evaluation, case .evaluation(let plan) = job.purpose {
      session?.note { $0.crash(plan) }
    }
    let wasRunning = engine.current?.purpose
    if engine.search != nil { session?.search?.crash() }
    engine.jobs = []
    engine.orphans = []
    engine.exits = engine.exits.filter { now - $0 < EngineState.exitWindow } + [now]
    guard engine.exits.count < EngineState.exitLimit else {
      engine.phase = .stopped(reason)
      say(
        "the engine ended \(engine.exits.count) times in 30 s (\(reason)); your plan is kept:"
          + " save it with w, R starts the engine again", .bad)
      return []
    }
    engine.phase = .starting
    let lost = wasRunning == nil ? "" : "; what it was doing starts over"
    say("the engine ended (\(reason)) and was started again; your plan is kept\(lost)", .warning)
    return [.restartEngine]
  }
}

extension WorkbenchState {
  /// Gives the engine what is to be done next: the profile, the untouched model's figures, then
  /// those of the plan once its edits have settled.
  mutating func scheduleWork() -> [Effect] {
    guard engine.isReady, let session, session.hasWeights else { return [] }
    if session.profile == nil, session.profileProblem == nil, engine.lacks("profile") == nil {
      return engine.isRunning(.profile) ? [] : start(.profile)
    }
    guard engine.lacks("evaluate") == nil, session.isRecalled else { return [] }
    let baseline = session.emptyDigest
    if engine.isRunning(.evaluation(baseline)) { return [] }
    if !session.measurements.isSettled(baseline) {
      return stopEvaluation() + start(.evaluation(baseline))
    }
    return measureIfDue(session) + searchIfAsked() + sweepIfWanted()
  }

  private mutating func measureIfDue(_ session: Session) -> [Effect] {
    let plan = session.digest
    if measureAt == nil, engine.evaluation == nil, !session.measurements.isSettled(plan) {
      // Left over from an engine that ended.
      return start(.evaluation(plan))
    }
    guard let due = measureAt, now >= due else { return [] }
    measureAt = nil
    guard !engine.isRunning(.evaluation(plan)) else { return [] }
    let stopped = stopEvaluation()
    return session.measurements.isSettled(plan) ? stopped : stopped + start(.evaluation(plan))
  }

  /// Cancels the evaluation that runs, if any.
  mutating func stopEvaluation() -> [Effect] { cancel(engine.evaluation) }

  /// Cancels a job, if there is one: what it still says does not count.
  mutating func cancel(_ job: EngineState.Job?) -> [Effect] {
    guard let job, let index = engine.jobs.firstIndex(where: { $0.ticket == job.ticket }) else {
      return []
    }
    engine.jobs[index].isCancelled = true
    return job.id.map { [.cancelJob($0)] } ?? []
  }

  mutating func start(_ purpose: EngineState.Purpose) -> [Effect] {
    guard let session else { return [] }
    let ticket = engine.nextTicket
    engine.nextTicket += 1
    var job = EngineState.Job(ticket: ticket, purpose: purpose)
    defer { engine.jobs.append(job) }
    switch purpose {
    case .profile: return [.startJob(.profile(ProfileRequest()), ticket: ticket)]
    case .sweep: return [.startJob(.sweep(SweepRequest()), ticket: ticket)]
    case .search:
      return session.search.map { [.startJob(.search($0.request), ticket: ticket)] } ?? []
    case .evaluation(let digest):
      let isOriginal = digest == session.emptyDigest
      job.plan = isOriginal ? Plan(for: session.spec) : session.plan
      let file = isOriginal ? nil : PlanFile(session.plan, of: session.spec)
      var request = EvaluationRequest(plan: file)
      if !isOriginal {
        request.predicted = session.prediction.map { PredictedKL(kl: $0.kl, sigma: $0.sigma) }
      }
      return [.startJob(.evaluate(request), ticket: ticket)]
    }
  }

  /// To be called after every change of the plan: its measurement becomes due.
  mutating func planChanged() {
    measureAt = now + Self.measureDelay
  }
}

extension Profile {
  /// Whether it has an entry for every block and expert of a model, in order.
  fileprivate func fits(_ spec: ModelSpec) -> Bool {
    blocks.count == spec.blocks.count
      && zip(blocks, spec.blocks).allSatisfy { scores, block in
        scores.experts.count == block.expertCount
          && scores.experts.enumerated().allSatisfy { $0.offset == $0.element.index }
      }
  }
}
