import Engine
import EngineProtocol
import Foundation
import Logging
import Model
import Synchronization
import TestSupport
import Testing

struct EngineServerTests {
  /// An engine in this process, with what it wrote.
  private final class Harness: Sendable {
    private final class Lines: Sendable {
      private let lines = Mutex<[[UInt8]]>([])
      func append(_ line: [UInt8]) { lines.withLock { $0.append(line) } }
      var all: [[UInt8]] { lines.withLock { $0 } }
    }

    private let lines: Lines
    let server: EngineServer

    init() {
      let lines = Lines()
      self.lines = lines
      server = EngineServer(log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) {
        lines.append($0)
      }
    }

    func send(_ text: String) { server.receive([UInt8](text.utf8)) }

    func request<Call: EngineCall>(_ id: Int, _ call: Call) throws {
      let line = try LineCoding.encode(RequestFrame(id: id, method: Call.method, params: call))
      server.receive(line.dropLast())
    }

    var written: [[UInt8]] { lines.all }

    /// Waits until a written line satisfies the condition.
    func wait<Value>(
      seconds: Double = 60, _ find: ([UInt8]) -> Value?
    ) -> Value? {
      let end = ContinuousClock.now + .seconds(seconds)
      while ContinuousClock.now < end {
        for line in written { if let value = find(line) { return value } }
        Thread.sleep(forTimeInterval: 0.002)
      }
      return nil
    }

    func answer<Answer: Codable & Sendable>(_ id: Int, _ type: Answer.Type) -> Answer? {
      wait { line in
        guard let frame = try? LineCoding.decode(ResponseFrame<Answer>.self, from: line),
          frame.id == id
        else { return nil }
        return frame.result
      }
    }

    func refusal(_ id: Int?) -> ErrorFrame? {
      wait(seconds: 5) { line in
        guard let frame = try? LineCoding.decode(FrameHeader.self, from: line), frame.id == id
        else { return nil }
        return frame.error
      }
    }

    func failure(ofJob job: Int) -> EngineFailure? {
      wait { line in
        let frame = try? LineCoding.decode(NotificationFrame<JobFailed>.self, from: line)
        guard let frame, frame.method == NotificationMethod.failed, frame.params.job == job
        else { return nil }
        return frame.params.failure
      }
    }
  }

  @Test func `initialize lists families, jobs and the machine`() throws {
    let engine = Harness()
    try engine.request(1, Initialize(clientVersion: "test"))
    let answer = try #require(engine.answer(1, EngineDescription.self))
    #expect(answer.families.contains("olmoe") && answer.jobs == JobRequest.names)
    #expect(answer.hardware.cores > 0 && !answer.hardware.blasKernels.isEmpty)
  }

  @Test(arguments: [
    ("{nonsense", ErrorFrame.Code.parseError), ("[]", ErrorFrame.Code.parseError),
    (#"{"jsonrpc":"2.0","method":"initialize"}"#, ErrorFrame.Code.invalidRequest),
  ])
  func `a line that is no request is refused without an id`(_ line: String, _ code: Int) {
    let engine = Harness()
    engine.send(line)
    #expect(engine.refusal(nil)?.code == code)
  }

  @Test func `unknown methods and wrong parameters are refused by name`() {
    let engine = Harness()
    engine.send(#"{"jsonrpc":"2.0","id":7,"method":"model/eat","params":{}}"#)
    #expect(engine.refusal(7)?.code == ErrorFrame.Code.methodNotFound)
    engine.send(#"{"jsonrpc":"2.0","id":8,"method":"model/open","params":{"modell":"x"}}"#)
    #expect(engine.refusal(8)?.code == ErrorFrame.Code.invalidParameters)
  }

  @Test func `a folder that is no model is a bad request with one sentence`() throws {
    let engine = Harness()
    try engine.request(3, OpenModel(model: "/nonexistent/model"))
    let error = try #require(engine.refusal(3))
    #expect(error.data == .badRequest && error.message.contains("/nonexistent/model"))
    #expect(!error.message.contains("\n"))
  }

  @Test func `a job is answered first, reports its progress, and finishes with its result`() throws
  {
    let engine = Harness()
    let folder = TestFolders.fixtures.appending(path: "olmoe").path
    let work = JobRequest.verify(VerificationRequest(reference: folder + "/reference.safetensors"))
    try engine.request(1, StartJob(model: folder, work: work))
    let job = try #require(engine.answer(1, JobStarted.self)).job
    let result = engine.wait { line in
      let frame = try? LineCoding.decode(NotificationFrame<JobFinished>.self, from: line)
      return frame.flatMap { $0.params.job == job ? $0.params.result : nil }
    }
    guard case .verification(let verification)? = result else {
      Issue.record("no verification came")
      return
    }
    #expect(verification.ok && verification.tensors.contains { $0.name == "logits" })
    let first = try #require(engine.written.first)
    #expect(try LineCoding.decode(FrameHeader.self, from: first).id == 1)
  }

  @Test func `a running job ends as cancelled soon after it is asked to`() throws {
    let engine = Harness()
    let model = TestFolders.demo.appending(path: "checkpoint").path
    let text = TestFolders.demo.appending(path: "texts/prose.evaluation.txt").path
    let work = JobRequest.evaluate(EvaluationRequest(data: [text], windows: 64))
    try engine.request(1, StartJob(model: model, work: work))
    let job = try #require(engine.answer(1, JobStarted.self)).job
    let hasProgress = engine.wait { line -> Bool? in
      let frame = try? LineCoding.decode(NotificationFrame<JobProgress>.self, from: line)
      return frame?.method == NotificationMethod.progress ? true : nil
    }
    #expect(hasProgress == true)
    try engine.request(2, CancelJob(job: job))
    #expect(engine.failure(ofJob: job)?.kind == .cancelled)
  }

  @Test func `a job that waits is cancelled at once`() throws {
    let engine = Harness()
    let model = TestFolders.demo.appending(path: "checkpoint").path
    let text = TestFolders.demo.appending(path: "texts/prose.evaluation.txt").path
    let work = JobRequest.evaluate(EvaluationRequest(data: [text], windows: 64))
    for id in 1...2 { try engine.request(id, StartJob(model: model, work: work)) }
    let waiting = try #require(engine.answer(2, JobStarted.self)).job
    try engine.request(3, CancelJob(job: waiting))
    #expect(engine.failure(ofJob: waiting)?.kind == .cancelled)
    engine.server.stop()
  }

  @Test func `a plan of another model is refused with both names`() throws {
    let engine = Harness()
    let folder = TestFolders.fixtures.appending(path: "olmoe").path
    let spec = ModelSpec.sample()
    let work = JobRequest.evaluate(EvaluationRequest(plan: PlanFile(Plan(for: spec), of: spec)))
    try engine.request(1, StartJob(model: folder, work: work))
    let job = try #require(engine.answer(1, JobStarted.self)).job
    let failure = try #require(engine.failure(ofJob: job))
    #expect(failure.kind == .badRequest && failure.message.contains("sample"))
  }

  /// The result of a job on the bundled model's texts.
  private func result(_ work: JobRequest, seed: Int = 1) throws -> JobResult? {
    let engine = Harness()
    let model = TestFolders.demo.appending(path: "checkpoint").path
    try engine.request(seed, StartJob(model: model, work: work))
    let job = try #require(engine.answer(seed, JobStarted.self)).job
    return engine.wait { line in
      let frame = try? LineCoding.decode(NotificationFrame<JobFinished>.self, from: line)
      return frame.flatMap { $0.params.job == job ? $0.params.result : nil }
    }
  }

  @Test func `parts to drop are proposed in the order they go`() throws {
    let text = TestFolders.demo.appending(path: "texts/prose.calibration.txt").path
    let work = JobRequest.trim(TrimRequest(.parts(.moe, count: 2), data: [text], tokens: 512))
    guard case .trim(let proposal)? = try result(work) else {
      Issue.record("no proposal came")
      return
    }
    #expect(proposal.steps.count == 2 && proposal.tokens > 0 && proposal.search == nil)
    #expect(Set(proposal.steps.map(\.unit)).count == 2)
    let experts = JobRequest.trim(
      TrimRequest(.experts(perLayer: 1, .greedy), data: [text], tokens: 512))
    guard case .trim(let proposal)? = try result(experts) else {
      Issue.record("no proposal came")
      return
    }
    #expect(proposal.search == .greedy && proposal.steps.allSatisfy { $0.score > 0 })
  }

  @Test func `experts to merge are proposed for every layer`() throws {
    let text = TestFolders.demo.appending(path: "texts/code.calibration.txt").path
    let request = MergeRequest(kept: 4, grouping: .euclidean, data: [text], tokens: 512)
    guard case .merge(let proposal)? = try result(.merge(request)) else {
      Issue.record("no proposal came")
      return
    }
    #expect(!proposal.layers.isEmpty && proposal.layers.allSatisfy { $0.groups.count == 4 })
  }

  @Test func `dropping more than a router can spare is a bad request`() throws {
    let engine = Harness()
    let model = TestFolders.demo.appending(path: "checkpoint").path
    let text = TestFolders.demo.appending(path: "texts/prose.calibration.txt").path
    let work = JobRequest.trim(TrimRequest(.experts(perLayer: 1000, .greedy), data: [text]))
    try engine.request(1, StartJob(model: model, work: work))
    let job = try #require(engine.answer(1, JobStarted.self)).job
    let failure = try #require(engine.failure(ofJob: job))
    #expect(failure.kind == .badRequest && failure.message.contains("name at most"))
  }

  @Test func `a search out of reach is refused with the smallest size before anything is measured`()
    throws
  {
    let engine = Harness()
    let model = TestFolders.demo.appending(path: "checkpoint").path
    let work = JobRequest.search(SearchRequest(.memory(bytes: 10)))
    try engine.request(1, StartJob(model: model, work: work))
    let job = try #require(engine.answer(1, JobStarted.self)).job
    let failure = try #require(engine.failure(ofJob: job))
    #expect(failure.kind == .badRequest && failure.message.contains("smallest legal plan takes"))
  }

  @Test func `a search stops within a tenth of a second`() throws {
    let engine = Harness()
    let model = TestFolders.demo.appending(path: "checkpoint").path
    let work = JobRequest.search(SearchRequest(.memory(bytes: 9_000_000)))
    try engine.request(1, StartJob(model: model, work: work))
    let job = try #require(engine.answer(1, JobStarted.self)).job
    _ = try #require(
      engine.wait { line in
        try? LineCoding.decode(NotificationFrame<JobProgress>.self, from: line).params
      })
    let start = ContinuousClock.now
    try engine.request(2, CancelJob(job: job))
    #expect(engine.failure(ofJob: job)?.kind == .cancelled)
    // Twice the promise: other tests run beside this one.
    #expect(ContinuousClock.now - start < .milliseconds(200))
    engine.server.stop()
  }
}
