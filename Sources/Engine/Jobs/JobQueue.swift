import Dispatch
import EngineProtocol
import Model
import Numerics
import Synchronization

/// The engine's jobs: one runs at a time, with all workers; of those that wait, the most urgent is
/// next.
final class JobQueue: Sendable {
  /// How urgent a job is.
  enum Priority: Int, Comparable, Sendable {
    case background, interactive

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  typealias Body = @Sendable (_ job: Int, _ cancellation: Cancellation) throws -> JobResult

  private struct Job: Sendable {
    var id: Int
    var priority: Priority
    var cancellation = Cancellation()
    var body: Body
  }

  private struct State {
    var nextID = 1
    var waiting: [Job] = []
    var running: Job?
  }

  private let state = Mutex(State())
  private let thread = DispatchQueue(label: "lathe.jobs")
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
  func runWaiting() { thread.async { self.runNext() } }

  /// Stops a job: at once if it waits, at its next check if it runs.
  func cancel(_ id: Int) {
    let waited = state.withLock { state in
      if state.running?.id == id { state.running?.cancellation.cancel() }
      let before = state.waiting.count
      state.waiting.removeAll { $0.id == id }
      return state.waiting.count < before
    }
    if waited { reportFailure(of: id, CancellationError()) }
  }

  /// Stops everything.
  func cancelAll() {
    let ids = state.withLock { $0.waiting.map(\.id) + ($0.running.map { [$0.id] } ?? []) }
    for id in ids { cancel(id) }
  }

  private func runNext() {
    let next = state.withLock { state -> Job? in
      guard let most = state.waiting.map(\.priority).max(),
        let index = state.waiting.firstIndex(where: { $0.priority == most })
      else { return nil }
      state.running = state.waiting.remove(at: index)
      return state.running
    }
    guard let job = next else { return }
    do {
      let result = try job.body(job.id, job.cancellation)
      state.withLock { $0.running = nil }
      report(.finished(JobFinished(job: job.id, result: result)))
    } catch {
      state.withLock { $0.running = nil }
      reportFailure(of: job.id, error)
    }
  }

  private func reportFailure(of id: Int, _ error: any Error) {
    report(.failed(JobFailed(job: id, failure: EngineFailure(error))))
  }
}
