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
  ///
  /// - Parameters:
  ///   - stage: what it is doing
  ///   - completed: items done
  ///   - bytes: bytes of weights read, where that is what takes time
  ///   - resumed: items that were done before this run
  ///   - partial: figures so far
  ///   - search: what a search has found so far
  func report(
    _ stage: String, completed: Int, bytes: Int? = nil, resumed: Int = 0,
    partial: Evaluation? = nil, search: SearchProgress? = nil
  ) {
    let now = ContinuousClock.now
    let due = last.withLock { last in
      if let last, now - last < .milliseconds(50), partial == nil, search == nil { return false }
      last = now
      return true
    }
    guard due else { return }
    let (seconds, attoseconds) = (now - start).components
    let elapsed = Double(seconds) + Double(attoseconds) / 1e18
    let rate = elapsed > 0 ? Double(completed - resumed) / elapsed : 0
    send(
      JobProgress(
        job: job, stage: stage, fraction: Double(completed) / Double(max(1, total)),
        completed: completed, total: total, unit: unit, rate: rate,
        bytesPerSecond: elapsed > 0 ? bytes.map { Double($0) / elapsed } : nil,
        secondsLeft: rate > 0 ? Double(max(0, total - completed)) / rate : nil, partial: partial,
        search: search))
  }
}
