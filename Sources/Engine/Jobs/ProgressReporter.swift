import EngineProtocol
import Model
import Synchronization

/// Turns a job's counts into notifications, at most twenty a second.
final class ProgressReporter: Sendable {
  private let job: Int
  private let unit: String
  private let total: Int
  private let send: @Sendable (JobProgress) -> Void
  private let start = ContinuousClock.now
  private let last = Mutex<ContinuousClock.Instant?>(nil)

  init(job: Int, unit: String, total: Int, send: @escaping @Sendable (JobProgress) -> Void) {
    self.job = job
    self.unit = unit
    self.total = total
    self.send = send
  }

  /// Says how far the job is; figures are never held back.
  func report(_ stage: String, completed: Int, partial: Evaluation? = nil) {
    let now = ContinuousClock.now
    let due = last.withLock { last in
      if let last, now - last < .milliseconds(50), partial == nil { return false }
      last = now
      return true
    }
    guard due else { return }
    let (seconds, attoseconds) = (now - start).components
    let elapsed = Double(seconds) + Double(attoseconds) / 1e18
    send(
      JobProgress(
        job: job, stage: stage, fraction: Double(completed) / Double(max(1, total)),
        completed: completed, total: total, unit: unit,
        rate: elapsed > 0 ? Double(completed) / elapsed : 0, partial: partial))
  }
}
