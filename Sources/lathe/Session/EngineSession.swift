import Dispatch
import Engine
import EngineProtocol
import FoundationEssentials
import Model
import Synchronization

/// A command's conversation with an engine of its own: asks, waits, shows progress.
final class EngineSession: Sendable {
  private enum Message: Sendable {
    case notification(JobNotification)
    case notice(EngineNotice)
    case exited(EngineFailure)
  }

  /// Messages that have arrived and not been read.
  private final class Inbox: Sendable {
    private let messages = Mutex<[Message]>([])
    private let arrived = DispatchSemaphore(value: 0)

    func post(_ message: Message) {
      messages.withLock { $0.append(message) }
      arrived.signal()
    }

    func next() -> Message {
      arrived.wait()
      return messages.withLock { $0.removeFirst() }
    }
  }

  private let client: EngineClient
  private let inbox: Inbox
  let what: String

  /// Starts an engine.
  ///
  /// - Parameters:
  ///   - options: the command line of the engine
  ///   - what: the verb, for error messages
  convenience init(_ options: EngineOptions, what: String) {
    self.init(command: options.command, what: what)
  }

  /// Starts an engine by its command line.
  init(command: [String], what: String) {
    let inbox = Inbox()
    self.inbox = inbox
    self.what = what
    // What a dead engine said is part of the one line; its log, if asked for, is shown as it comes.
    let isLogging = ProcessInfo.processInfo.environment["LATHE_LOG"] != nil
    client = EngineClient(
      command: command, standardError: isLogging ? .inherit : .capture
    ) { event in
      switch event {
      case .notification(let notification): inbox.post(.notification(notification))
      case .notice(let notice): inbox.post(.notice(notice))
      case .exited(let failure): inbox.post(.exited(failure))
      }
    }
  }

  /// Asks and waits for the answer.
  func call<Call: EngineCall>(_ call: Call) throws(CommandFailure) -> Call.Answer {
    do throws(EngineFailure) { return try client.wait(for: call) } catch {
      throw CommandFailure(what, error)
    }
  }

  /// Opens a model.
  func open(_ model: String) throws(CommandFailure) -> OpenedModel {
    try call(OpenModel(model: model))
  }

  /// Runs a job to its end, with its progress on standard error.
  func run(_ work: JobRequest, model: String) throws(CommandFailure) -> JobResult {
    let job = try call(StartJob(model: model, work: work)).job
    let line = ProgressLine()
    defer { line.clear() }
    while true {
      switch inbox.next() {
      case .notification(.progress(let progress)) where progress.job == job: line.show(progress)
      case .notification(.finished(let finished)) where finished.job == job:
        return finished.result
      case .notification(.failed(let failed)) where failed.job == job:
        throw CommandFailure(what, failed.failure)
      case .exited(let failure): throw CommandFailure(what, failure)
      case .notice(let notice):
        line.clear()
        StandardError.write("lathe: \(notice.message)\n")
      case .notification: continue
      }
    }
  }

  /// The profile of a model, cached or made now.
  func profile(
    _ model: String, _ request: ProfileRequest = ProfileRequest()
  ) throws(CommandFailure) -> Profile {
    guard case .profile(let profile) = try run(.profile(request), model: model) else {
      throw CommandFailure(.work, what, "the engine answered with something else than a profile")
    }
    return profile
  }

  /// What every change to a model costs alone, cached or measured now.
  func sensitivities(
    _ model: String, _ request: SweepRequest = SweepRequest()
  ) throws(CommandFailure) -> Sensitivities {
    guard case .sweep(let found) = try run(.sweep(request), model: model) else {
      throw CommandFailure(.work, what, "the engine answered with something else than a sweep")
    }
    return found
  }
}
