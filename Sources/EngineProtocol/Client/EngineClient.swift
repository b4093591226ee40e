import Subprocess
import Synchronization

/// An engine process and the conversation with it.
///
/// The process is started by `init`, ends when the client is closed or deallocated (its standard
/// input then ends), and its death is an event like any other.
public final class EngineClient: Sendable {
  /// What the engine does on its own.
  public enum Event: Sendable {
    case notification(JobNotification)
    /// Something a person should hear once.
    case notice(EngineNotice)
    /// The process ended; every pending request has been answered with a failure.
    case exited(EngineFailure)
  }

  /// Where the engine's standard error goes.
  public enum StandardError: Sendable {
    /// To this process's standard error.
    case inherit
    /// Kept; the last lines are part of the message when the engine dies.
    case capture
  }

  private typealias Answer = @Sendable (Result<[UInt8], EngineFailure>) -> Void

  private struct State {
    var nextID = 1
    var pending: [Int: Answer] = [:]
    /// Set once the process has ended.
    var failure: EngineFailure?
    var lastErrors: [String] = []
  }

  private let state = Mutex(State())
  private let outgoing: AsyncStream<[UInt8]>.Continuation
  private let onEvent: @Sendable (Event) -> Void

  /// Starts an engine.
  ///
  /// - Parameters:
  ///   - command: the program and its arguments, such as `["lathe", "engine"]`
  ///   - standardError: where the engine's standard error goes
  ///   - onEvent: called from another thread, in order
  public init(
    command: [String], standardError: StandardError,
    onEvent: @escaping @Sendable (Event) -> Void
  ) {
    let (lines, outgoing) = AsyncStream.makeStream(of: [UInt8].self)
    self.outgoing = outgoing
    self.onEvent = onEvent
    Task.detached { [weak self] in
      let ending = await EngineProcess.run(
        command, standardError: standardError, input: lines,
        onLine: { [weak self] in self?.receive($0) },
        onError: { [weak self] in self?.keep(error: $0) })
      self?.end(ending)
    }
  }

  deinit { outgoing.finish() }

  /// Ends the conversation; the engine stops its jobs and exits.
  public func close() { outgoing.finish() }

  /// Sends a request; `answer` is called from another thread.
  public func send<Call: EngineCall>(
    _ call: Call, answer: @escaping @Sendable (Result<Call.Answer, EngineFailure>) -> Void
  ) {
    let handler: Answer = { reply in
      answer(
        reply.flatMap { line in
          guard
            let frame = try? LineCoding.decode(ResponseFrame<Call.Answer>.self, from: line),
            let result = frame.result
          else { return .failure(EngineFailure(.failed, "the engine's answer cannot be read")) }
          return .success(result)
        })
    }
    let registered: Result<Int, EngineFailure> = state.withLock { state in
      if let failure = state.failure { return .failure(failure) }
      defer { state.nextID += 1 }
      state.pending[state.nextID] = handler
      return .success(state.nextID)
    }
    switch registered {
    case .failure(let failure): answer(.failure(failure))
    case .success(let id): transmit(RequestFrame(id: id, method: Call.method, params: call))
    }
  }

  private func transmit(_ frame: RequestFrame<some EngineCall>) {
    guard let line = try? LineCoding.encode(frame) else {
      let answer = state.withLock { $0.pending.removeValue(forKey: frame.id) }
      answer?(.failure(EngineFailure(.badRequest, "the request cannot be written as JSON")))
      return
    }
    outgoing.yield(line)
  }

  private func receive(_ line: [UInt8]) {
    guard let header = try? LineCoding.decode(FrameHeader.self, from: line) else { return }
    if let method = header.method {
      if let event = Self.event(method, line) { onEvent(event) }
      return
    }
    guard let id = header.id,
      let answer = state.withLock({ $0.pending.removeValue(forKey: id) })
    else { return }
    answer(header.error.map { .failure($0.failure) } ?? .success(line))
  }

  private static func event(_ method: String, _ line: [UInt8]) -> Event? {
    func params<Value: Codable & Sendable>(_ type: Value.Type) -> Value? {
      try? LineCoding.decode(NotificationFrame<Value>.self, from: line).params
    }
    return switch method {
    case NotificationMethod.progress: params(JobProgress.self).map { .notification(.progress($0)) }
    case NotificationMethod.finished: params(JobFinished.self).map { .notification(.finished($0)) }
    case NotificationMethod.failed: params(JobFailed.self).map { .notification(.failed($0)) }
    case NotificationMethod.notice: params(EngineNotice.self).map(Event.notice)
    default: nil
    }
  }

  private func keep(error line: String) {
    state.withLock { $0.lastErrors = $0.lastErrors.suffix(4) + [line] }
  }

  private func end(_ ending: String) {
    let (failure, pending) = state.withLock { state in
      let said = state.lastErrors.last.map { ": \($0)" } ?? ""
      let failure = EngineFailure(
        .engineExited, "the engine \(ending)\(said); try again, or check the --engine command")
      state.failure = failure
      defer { state.pending = [:] }
      return (failure, state.pending.values)
    }
    for answer in pending { answer(.failure(failure)) }
    onEvent(.exited(failure))
  }
}
