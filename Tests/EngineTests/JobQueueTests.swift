import Dispatch
import EngineProtocol
import Model
import Numerics
import Synchronization
import Testing

@testable import Engine

/// Which job runs when, and who gives way to whom.
struct JobQueueTests {
  /// What happened, in order.
  private final class Log: Sendable {
    private let entries = Mutex<[String]>([])
    private let arrived = DispatchSemaphore(value: 0)

    func note(_ entry: String) {
      entries.withLock { $0.append(entry) }
      arrived.signal()
    }

    /// The first `count` entries, once they are there.
    func first(_ count: Int) -> [String] {
      while entries.withLock({ $0.count }) < count { arrived.wait() }
      return entries.withLock { Array($0.prefix(count)) }
    }
  }

  private static func result() -> JobResult {
    .generation(Generation(text: "", tokens: 0, tokensPerSecond: 0))
  }

  private func queue(_ log: Log) -> JobQueue {
    JobQueue { notification in
      switch notification {
      case .finished(let finished): log.note("finished \(finished.job)")
      case .failed(let failed): log.note("\(failed.failure.kind) \(failed.job)")
      case .progress: break
      }
    }
  }

  /// A piece of work that goes on until it is stopped.
  private static func spin(_ cancellation: Cancellation) throws {
    while true { try cancellation.check() }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a step of a background job is stopped for a person's job, and starts again`() {
    let log = Log()
    let queue = queue(log)
    let isUrgentDone = Mutex(false)
    let sweep = queue.add(.background) { _, turn in
      try turn.step { cancellation in
        log.note("step")
        if !isUrgentDone.withLock({ $0 }) { try Self.spin(cancellation) }
      }
      return Self.result()
    }
    queue.runWaiting()
    #expect(log.first(1) == ["step"])
    let urgent = queue.add(.interactive) { _, _ in
      isUrgentDone.withLock { $0 = true }
      return Self.result()
    }
    queue.runWaiting()
    #expect(log.first(4) == ["step", "finished \(urgent)", "step", "finished \(sweep)"])
  }

  @Test(.timeLimit(.minutes(1)))
  func `a background job does not give way to another one`() {
    let log = Log()
    let queue = queue(log)
    let gate = DispatchSemaphore(value: 0)
    let first = queue.add(.background) { _, turn in
      try turn.step { _ in gate.wait() }
      try turn.step { _ in }
      return Self.result()
    }
    queue.runWaiting()
    let second = queue.add(.background) { _, _ in Self.result() }
    queue.runWaiting()
    gate.signal()
    #expect(log.first(2) == ["finished \(first)", "finished \(second)"])
  }

  @Test(.timeLimit(.minutes(1)))
  func `a paused job rests, lets others run, and goes on where it was`() {
    let log = Log()
    let queue = queue(log)
    let isResumed = Mutex(false)
    let sweep = queue.add(.background) { _, turn in
      try turn.step { _ in log.note("one") }
      try turn.step { cancellation in
        log.note("two")
        if !isResumed.withLock({ $0 }) { try Self.spin(cancellation) }
      }
      return Self.result()
    }
    queue.runWaiting()
    #expect(log.first(2) == ["one", "two"])
    queue.pause(sweep, true)
    let other = queue.add(.background) { _, _ in Self.result() }
    queue.runWaiting()
    #expect(log.first(3).last == "finished \(other)")
    isResumed.withLock { $0 = true }
    queue.pause(sweep, false)
    #expect(log.first(5).suffix(2) == ["two", "finished \(sweep)"])
  }

  @Test(.timeLimit(.minutes(1)))
  func `a paused job can be cancelled`() {
    let log = Log()
    let queue = queue(log)
    let sweep = queue.add(.background) { _, turn in
      try turn.step { cancellation in
        log.note("step")
        try Self.spin(cancellation)
      }
      return Self.result()
    }
    queue.runWaiting()
    _ = log.first(1)
    queue.pause(sweep, true)
    queue.cancel(sweep)
    #expect(log.first(2).last == "cancelled \(sweep)")
  }

  @Test(.timeLimit(.minutes(1)))
  func `an interactive job is not stopped by another one`() {
    let log = Log()
    let queue = queue(log)
    let gate = DispatchSemaphore(value: 0)
    let first = queue.add(.interactive) { _, turn in
      gate.wait()
      try turn.cancellation.check()
      return Self.result()
    }
    queue.runWaiting()
    let second = queue.add(.interactive) { _, _ in Self.result() }
    queue.runWaiting()
    gate.signal()
    #expect(log.first(2) == ["finished \(first)", "finished \(second)"])
  }
}
