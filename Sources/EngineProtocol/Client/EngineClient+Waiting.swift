import Dispatch
import Synchronization

extension EngineClient {
  /// Sends a request and blocks the calling thread until the answer is there.
  ///
  /// - Throws: what the engine refused, or that it ended.
  public func wait<Call: EngineCall>(for call: Call) throws(EngineFailure) -> Call.Answer {
    let reply = Mutex<Result<Call.Answer, EngineFailure>>(
      .failure(EngineFailure(.failed, "the engine gave no answer")))
    let arrived = DispatchSemaphore(value: 0)
    send(call) { result in
      reply.withLock { $0 = result }
      arrived.signal()
    }
    arrived.wait()
    return try reply.withLock { $0 }.get()
  }
}
