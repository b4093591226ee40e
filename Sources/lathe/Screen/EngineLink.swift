import EngineProtocol
import Synchronization
import Workbench

/// The workbench's engine process: starts it, starts it again, and turns what it says into events.
///
/// Used from the loop's thread; answers arrive through the mailbox.
final class EngineLink {
  private let command: [String]
  private let mailbox: Mailbox
  private var client: EngineClient?
  /// Counts engine processes, so that the end of an old one is not taken for that of the new.
  private let generation = Generation()

  private final class Generation: Sendable {
    private let number = Mutex(0)
    var current: Int { number.withLock { $0 } }
    func next() -> Int {
      number.withLock { number in
        number += 1
        return number
      }
    }
  }

  init(command: [String], mailbox: Mailbox) {
    self.command = command
    self.mailbox = mailbox
  }

  /// Starts an engine and waits until it has opened the model: before the screen is taken, so that
  /// a wrong model is one line and a remote engine can ask for a password.
  func open(_ model: String) throws(CommandFailure) -> (EngineDescription, OpenedModel) {
    let client = start()
    do throws(EngineFailure) {
      let description = try client.wait(for: Initialize(clientVersion: Version.current))
      return (description, try client.wait(for: OpenModel(model: model)))
    } catch {
      throw CommandFailure("open", error)
    }
  }

  /// Starts a new engine process; the answer is `described`, or `exited`.
  func restart() {
    start()
    send(Initialize(clientVersion: Version.current)) { result in
      if case .success(let description) = result { .described(description) } else { nil }
    }
  }

  /// Opens a model; the answer is `opened` or `openFailed`.
  func openModel(_ model: String) {
    send(OpenModel(model: model)) { result in
      switch result {
      case .success(let opened): .opened(opened)
      case .failure(let failure): failure.kind == .engineExited ? nil : .openFailed(failure)
      }
    }
  }

  /// Asks for earlier measurements; the answer is `recalled`, without any from an engine that keeps
  /// no history.
  func recall(_ request: EvaluationRequest, model: String) {
    send(RecallMeasurements(model: model, request: request)) { result in
      switch result {
      case .success(let known): .recalled(known)
      case .failure(let failure):
        failure.kind == .engineExited ? nil : .recalled(RecalledMeasurements())
      }
    }
  }

  /// Starts a job; the answer is `jobStarted` or `jobRefused`.
  func startJob(_ work: JobRequest, model: String, ticket: Int) {
    send(StartJob(model: model, work: work)) { result in
      switch result {
      case .success(let started): .jobStarted(ticket: ticket, job: started.job)
      case .failure(let failure):
        failure.kind == .engineExited ? nil : .jobRefused(ticket: ticket, failure)
      }
    }
  }

  /// Cancels a job; its end is a notification.
  func cancelJob(_ job: Int) { send(CancelJob(job: job)) { _ in nil } }

  /// Lets a background job rest, or go on.
  func pauseJob(_ job: Int, paused: Bool) { send(PauseJob(job: job, paused: paused)) { _ in nil } }

  /// Ends the engine.
  func close() {
    _ = generation.next()
    client?.close()
    client = nil
  }

  @discardableResult private func start() -> EngineClient {
    self.client?.close()
    let own = generation.next()
    let client = EngineClient(command: command, standardError: .capture) {
      [mailbox, generation] event in
      guard own == generation.current else { return }
      switch event {
      case .notification(let notification): mailbox.post(.engine(.notification(notification)))
      case .notice(let notice): mailbox.post(.engine(.notice(notice)))
      case .exited(let failure): mailbox.post(.engine(.exited(reason: failure.message)))
      }
    }
    self.client = client
    return client
  }

  private func send<Call: EngineCall>(
    _ call: Call,
    _ event: @escaping @Sendable (Result<Call.Answer, EngineFailure>) -> EngineEvent?
  ) {
    client?.send(call) { [mailbox] result in
      if let event = event(result) { mailbox.post(.engine(event)) }
    }
  }
}
