import Dispatch
import EngineProtocol
import Model
import Numerics
import Synchronization

/// The engine's jobs: one computes at a time, with all workers; of those that wait, the most urgent
/// is next.
///
/// A background job gives way: it works in steps (`JobTurn.step`), and when something more urgent
/// arrives, its step is stopped, the urgent job runs in its place, and the step starts again.
final class JobQueue: Sendable {
  /// How urgent a job is.
  enum Priority: Int, Comparable, Sendable {
    case background, interactive

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  typealias Body = @Sendable (_ job: Int, _ turn: JobTurn) throws -> JobResult

  fileprivate struct Job: Sendable {
    var id: Int
    var priority: Priority
    var cancellation = Cancellation()
    var body: Body
    var isPaused = false
    /// Stops the step that runs now.
    var step: Cancellation?
  }

  fileprivate struct State {
    var nextID = 1
    var waiting: [Job] = []
    /// The job that computes, behind those that gave way to it.
    var running: [Job] = []
  }

  private let state = Mutex(State())
  private let thread = DispatchQueue(label: "lathe.jobs")
  /// Signalled whenever a paused job has something to look at.
  private let changed = DispatchSemaphore(value: 0)
  private let report: @Sendable (JobNotification) -> Void

  /// An empty queue; `report` hears the end of every job.
  init(report: @escaping @Sendable (JobNotification) -> Void) { self.report = report }

  /// Adds a job, which waits until `runWaiting` is called.
  func add(_ priority: Priority, _ body: @escaping Body) -> Int {
    state.withLock { state in
      defer { state.nextID += 1 }
      state.waiting.append(Job(id: state.nextID, priority: priority, body: body))
      return state.nextID
    }
  }

  /// Lets one more waiting job run when its turn comes.
  func runWaiting() {
    state.withLock { state in
      guard let running = state.running.last,
        state.waiting.contains(where: { $0.priority > running.priority })
      else { return }
      running.step?.cancel()
    }
    changed.signal()
    thread.async { self.runNext(above: nil) }
  }

  /// Stops a job: at once if it waits, at its next check if it runs.
  func cancel(_ id: Int) {
    let waited = state.withLock { state in
      for job in state.running where job.id == id {
        job.cancellation.cancel()
        job.step?.cancel()
      }
      let before = state.waiting.count
      state.waiting.removeAll { $0.id == id }
      return state.waiting.count < before
    }
    changed.signal()
    if waited { reportFailure(of: id, CancellationError()) }
  }

  /// Lets a background job rest after its step, or go on.
  func pause(_ id: Int, _ isPaused: Bool) {
    state.withLock { state in
      for index in state.running.indices where state.running[index].id == id {
        state.running[index].isPaused = isPaused
        if isPaused { state.running[index].step?.cancel() }
      }
      for index in state.waiting.indices where state.waiting[index].id == id {
        state.waiting[index].isPaused = isPaused
      }
    }
    changed.signal()
  }

  /// Stops everything.
  func cancelAll() {
    let ids = state.withLock { ($0.waiting + $0.running).map(\.id) }
    for id in ids { cancel(id) }
  }

  /// Runs the most urgent waiting job, if one is more urgent than `priority`.
  @discardableResult
  private func runNext(above priority: Priority?) -> Bool {
    let next = state.withLock { $0.start(above: priority) }
    guard let job = next else { return false }
    do {
      let turn = JobTurn(job: job.id, cancellation: job.cancellation, queue: self)
      let result = try job.body(job.id, turn)
      state.withLock { $0.end(job.id) }
      report(.finished(JobFinished(job: job.id, result: result)))
    } catch {
      state.withLock { $0.end(job.id) }
      reportFailure(of: job.id, error)
    }
    return true
  }

  private func reportFailure(of id: Int, _ error: any Error) {
    report(.failed(JobFailed(job: id, failure: EngineFailure(error))))
  }
}

extension JobQueue.State {
  fileprivate mutating func start(above priority: JobQueue.Priority?) -> JobQueue.Job? {
    guard let most = waiting.map(\.priority).max(), priority.map({ most > $0 }) ?? true,
      let index = waiting.firstIndex(where: { $0.priority == most })
    else { return nil }
    running.append(waiting.remove(at: index))
    return running.last
  }

  fileprivate mutating func end(_ id: Int) { running.removeAll { $0.id == id } }

  /// Whether a running job should rest.
  fileprivate func isPaused(_ id: Int) -> Bool {
    running.contains { $0.id == id && $0.isPaused && !$0.cancellation.isCancelled }
  }

  fileprivate func priority(of id: Int) -> JobQueue.Priority? {
    running.first { $0.id == id }?.priority
  }

  /// Notes what stops a job's step, and whether it may begin at all.
  fileprivate mutating func begin(_ step: Cancellation, of id: Int) -> Bool {
    guard let index = running.firstIndex(where: { $0.id == id }) else { return false }
    let priority = running[index].priority
    guard !running[index].isPaused, !waiting.contains(where: { $0.priority > priority }) else {
      return false
    }
    running[index].step = step
    return true
  }
}

/// A running job's place in the queue.
struct JobTurn: Sendable {
  private let job: Int
  /// Stops the whole job.
  let cancellation: Cancellation
  private let queue: JobQueue

  fileprivate init(job: Int, cancellation: Cancellation, queue: JobQueue) {
    self.job = job
    self.cancellation = cancellation
    self.queue = queue
  }

  /// Does a piece of work that can be stopped and started again, after giving way to more urgent
  /// jobs and resting while the job is paused.
  ///
  /// - Parameter work: called again where something more urgent stopped it; stops when its
  ///   cancellation says so
  /// - Returns: what the work returned.
  /// - Throws: `CancellationError` once the job is cancelled, or what the work throws.
  func step<Result>(_ work: (Cancellation) throws -> Result) throws -> Result {
    while true {
      queue.giveWay(job)
      try cancellation.check()
      let step = Cancellation()
      guard queue.begin(step, of: job) else { continue }
      do { return try work(step) } catch is CancellationError where !cancellation.isCancelled {
        continue
      }
    }
  }
}

extension JobQueue {
  /// Runs what is more urgent in the place of a job, and whatever waits while the job is paused.
  fileprivate func giveWay(_ job: Int) {
    while true {
      let (isPaused, priority) = state.withLock { ($0.isPaused(job), $0.priority(of: job)) }
      if runNext(above: isPaused ? nil : priority) { continue }
      guard isPaused else { return }
      changed.wait()
    }
  }

  fileprivate func begin(_ step: Cancellation, of job: Int) -> Bool {
    state.withLock { $0.begin(step, of: job) }
  }
}
