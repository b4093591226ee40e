import Checkpoint
import EngineProtocol
import Logging
import Measurement
import Model
import Numerics
import Synchronization

/// The engine: takes requests line by line, answers, and does jobs beside.
public final class EngineServer: Sendable {
  private let library: ModelLibrary
  private let jobs: JobQueue
  private let write: @Sendable ([UInt8]) -> Void
  private let log: Logger

  /// An engine that answers through `write`, one line a call, from any thread.
  ///
  /// - Parameters:
  ///   - memory: what measuring may have resident
  ///   - log: where to log
  ///   - write: takes the engine's lines
  public init(
    memory: MemoryBudget = .standard, log: Logger, write: @escaping @Sendable ([UInt8]) -> Void
  ) {
    library = ModelLibrary(memory: memory)
    self.write = write
    self.log = log
    jobs = JobQueue { notification in
      switch notification {
      case .progress(let progress): Self.notify(NotificationMethod.progress, progress, write)
      case .finished(let finished): Self.notify(NotificationMethod.finished, finished, write)
      case .failed(let failed): Self.notify(NotificationMethod.failed, failed, write)
      }
    }
  }

  /// Stops all jobs.
  public func stop() { jobs.cancelAll() }

  /// Handles one line.
  public func receive(_ line: [UInt8]) {
    guard let header = try? LineCoding.decode(FrameHeader.self, from: line) else {
      return refuse(nil, ErrorFrame.Code.parseError, "the line is not a JSON-RPC message")
    }
    guard let id = header.id, let method = header.method else {
      return refuse(header.id, ErrorFrame.Code.invalidRequest, "a request has an id and a method")
    }
    log.debug("request", metadata: ["method": "\(method)", "id": "\(id)"])
    switch method {
    case Initialize.method: answer(Initialize.self, id, line) { _ in Self.description }
    case OpenModel.method: answer(OpenModel.self, id, line) { try self.library.open($0.model) }
    case Tokenize.method: answer(Tokenize.self, id, line, tokenize)
    case StartJob.method:
      answer(StartJob.self, id, line, start)
      // Only now, so that a client knows a job's number before it hears of it.
      jobs.runWaiting()
    case CancelJob.method:
      answer(CancelJob.self, id, line) { call in
        self.jobs.cancel(call.job)
        return Acknowledged()
      }
    case PauseJob.method:
      answer(PauseJob.self, id, line) { call in
        self.jobs.pause(call.job, call.paused)
        return Acknowledged()
      }
    default: refuse(id, ErrorFrame.Code.methodNotFound, "there is no method \"\(method)\"")
    }
  }

  /// What this engine is and can do.
  public static var description: EngineDescription {
    EngineDescription(
      version: Version.current, families: Family.all.map(\.modelType), jobs: JobRequest.names,
      methods: QuantizationMethod.allCases.map(\.rawValue), formats: [],
      hardware: EngineDescription.Hardware(
        cores: Workers.availableCores, blasKernels: BLAS.kernelName))
  }

  private func tokenize(_ call: Tokenize) throws -> Tokenized {
    let tokenizer = try library.tokenizer(call.model)
    let ids = tokenizer.encode(call.text)
    return Tokenized(ids: ids.map { Int($0) }, decoded: tokenizer.decode(ids))
  }

  private func start(_ call: StartJob) throws -> JobStarted {
    let runner = JobRunner(library: library) { [write] progress in
      Self.notify(NotificationMethod.progress, progress, write)
    }
    let priority: JobQueue.Priority = call.work.isBackground ? .background : .interactive
    let job = jobs.add(priority) { job, turn in
      try runner.run(call.work, model: call.model, job: job, turn: turn)
    }
    return JobStarted(job: job)
  }

  private func answer<Call: EngineCall>(
    _ type: Call.Type, _ id: Int, _ line: [UInt8], _ work: (Call) throws -> Call.Answer
  ) {
    guard let frame = try? LineCoding.decode(RequestFrame<Call>.self, from: line) else {
      return refuse(
        id, ErrorFrame.Code.invalidParameters, "the parameters of \"\(Call.method)\" do not fit")
    }
    do {
      send(ResponseFrame(id: id, result: try work(frame.params)))
    } catch {
      let failure = EngineFailure(error)
      log.debug("refused", metadata: ["id": "\(id)", "why": "\(failure)"])
      send(ResponseFrame<Acknowledged>(id: id, error: ErrorFrame(failure)))
    }
  }

  private func refuse(_ id: Int?, _ code: Int, _ message: String) {
    send(
      ResponseFrame<Acknowledged>(
        id: id, error: ErrorFrame(code: code, message: message, data: .badRequest)))
  }

  private func send(_ frame: some Encodable) {
    guard let line = try? LineCoding.encode(frame) else {
      return log.error("an answer cannot be written as JSON")
    }
    write(line)
  }

  private static func notify(
    _ method: String, _ parameters: some Codable & Sendable,
    _ write: @Sendable ([UInt8]) -> Void
  ) {
    guard let line = try? LineCoding.encode(NotificationFrame(method: method, params: parameters))
    else { return }
    write(line)
  }
}
