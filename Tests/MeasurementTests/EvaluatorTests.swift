import Foundation
import Measurement
import Model
import Numerics
import Synchronization
import TestSupport
import Testing

struct EvaluatorTests {
  private let domains = ["prose", "essays", "verse", "code", "arithmetic"]

  private func evaluator(
    _ domains: [String], windows: Int, tasks: Bool = false
  ) throws -> Evaluator {
    let model = try DemoModel.model.get()
    let file = TestFolders.demo.appending(path: "texts/arithmetic.task.jsonl").path
    let tokenizer = try DemoModel.tokenizer.get()
    return Evaluator(
      model, tokenizer: tokenizer,
      windows: try DemoModel.windows("evaluation", domains).first(windows),
      tasks: tasks
        ? [try EvaluationTask(file: file, tokenizer: tokenizer, context: model.spec.context)] : [],
      version: "test")
  }

  private func plan(_ edits: String...) throws -> Plan {
    let spec = try DemoModel.model.get().spec
    var plan = Plan(for: spec)
    for edit in edits { try plan.apply(Edit(parsing: edit), spec: spec, profile: nil) }
    return plan
  }

  @Test func `perplexities and the arithmetic score agree with transformers to 4 digits`() throws {
    let result = try evaluator(domains, windows: 8, tasks: true).evaluate(plan())
    let reference = try ReferenceFigures.load()
    for domain in result.domains {
      let expected = try #require(reference.domains[domain.name])
      #expect(domain.tokens == expected.targets)
      #expect(abs(domain.perplexity / expected.perplexity - 1) < 1e-4, "\(domain.name)")
    }
    #expect(abs(result.overall.perplexity / reference.all.perplexity - 1) < 1e-4)
    #expect(result.tasks.map(\.accuracy) == [reference.arithmeticTask.exactMatch])
    #expect(result.tasks.map(\.items) == [reference.arithmeticTask.items])
  }

  @Test func `an empty plan has KL 0 exactly and agrees everywhere`() throws {
    let result = try evaluator(["code"], windows: 2).evaluate(plan("drop moe 3", "keep moe 3"))
    #expect(result.overall.kl == 0 && result.overall.klInterval == Interval(low: 0, high: 0))
    #expect(result.overall.top1Agreement == 1 && result.fraction == 1)
  }

  @Test func `more damage gives more KL and perplexity`() throws {
    let evaluator = try evaluator(["code", "prose"], windows: 2)
    let plans = try [plan("bits 8 all"), plan("bits 4 all"), plan("bits 2 all")]
    let results = try plans.map { try evaluator.evaluate($0) }
    #expect(results[0].overall.kl > 0)
    #expect(results[0].overall.kl < results[1].overall.kl)
    #expect(results[1].overall.kl < results[2].overall.kl)
    #expect(results[0].overall.perplexity < results[2].overall.perplexity)
  }

  @Test func `the same plan gives the same bits, whatever was measured in between`() throws {
    let evaluator = try evaluator(["code"], windows: 3)
    let plan = try plan("drop experts 2.3..5", "bits 4 experts where block = 1", "drop attention 6")
    let first = try evaluator.evaluate(plan)
    _ = try evaluator.evaluate(self.plan("bits 3 all"))
    let second = try evaluator.evaluate(plan)
    #expect(first.overall == second.overall && first.domains == second.domains)
  }

  @Test func `the interval covers the mean`() throws {
    let figures = try evaluator(["prose"], windows: 3).evaluate(plan()).overall
    #expect(figures.perplexityInterval.low < figures.perplexity)
    #expect(figures.perplexityInterval.high > figures.perplexity)
  }

  @Test func `partial figures arrive before the end and cover every domain`() throws {
    let partials = Mutex<[Evaluation]>([])
    _ = try evaluator(domains, windows: 6).evaluate(plan()) { partial in
      partials.withLock { $0.append(partial) }
    }
    let seen = partials.withLock { $0 }
    #expect(seen.count >= 2)
    #expect(seen.first?.domains.count == domains.count)
    #expect(seen.allSatisfy { $0.fraction > 0 && $0.fraction < 1 })
  }

  @Test func `a cancelled evaluation ends within 100 milliseconds`() throws {
    let evaluator = try evaluator(domains, windows: 64)
    let cancellation = Cancellation()
    let asked = Mutex<ContinuousClock.Instant?>(nil)
    let thread = Thread {
      Thread.sleep(forTimeInterval: 0.2)
      asked.withLock { $0 = .now }
      cancellation.cancel()
    }
    thread.start()
    #expect(throws: CancellationError.self) {
      _ = try evaluator.evaluate(plan(), cancellation: cancellation)
    }
    let waited = try ContinuousClock.now - #require(asked.withLock { $0 })
    // A loaded machine may not schedule this thread in time; ten times the promise still tells a
    // check per block from none.
    #expect(waited < .milliseconds(1000))
  }
}

/// The figures that transformers gave for the bundled model.
private struct ReferenceFigures: Decodable {
  struct Domain: Decodable {
    var targets: Int
    var perplexity: Double
  }

  struct Task: Decodable {
    var items: Int
    var exactMatch: Double

    private enum CodingKeys: String, CodingKey {
      case items
      case exactMatch = "exact_match"
    }
  }

  var domains: [String: Domain]
  var all: Domain
  var arithmeticTask: Task

  private enum CodingKeys: String, CodingKey {
    case domains, all
    case arithmeticTask = "arithmetic_task"
  }

  static func load() throws -> ReferenceFigures {
    let file = TestFolders.demo.appending(path: "reference-evaluation.json")
    return try JSONDecoder().decode(ReferenceFigures.self, from: Data(contentsOf: file))
  }
}
