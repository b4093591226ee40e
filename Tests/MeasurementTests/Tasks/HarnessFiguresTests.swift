import Foundation
@testable import Measurement
import Model
import TestSupport
import Testing

/// What lm-evaluation-harness says about the same files and the same model.
struct HarnessFiguresTests {
  private static let files = ["choices.jsonl", "hellaswag.jsonl", "sums.jsonl", bundled]
  private static let bundled = "continuations.task.jsonl"

  private func task(_ file: String) throws -> MultipleChoiceTask {
    let folder = TestFolders.fixtures.appending(path: "tasks")
    let url =
      file == Self.bundled
      ? TestFolders.demo.appending(path: "texts/\(file)") : folder.appending(path: file)
    let task = try EvaluationTask(
      file: url.path, tokenizer: DemoModel.tokenizer.get(),
      context: DemoModel.model.get().spec.context)
    guard case .multipleChoice(let choices) = task else { throw CocoaError(.coderInvalidValue) }
    return choices
  }

  private func run(memory: MemoryBudget = .standard) throws -> TaskRun {
    let model = try DemoModel.model.get()
    return TaskRun(
      pass: model.originalPass, tokenizer: try DemoModel.tokenizer.get(), memory: memory)
  }

  @Test(arguments: files)
  func `log-likelihoods are the harness's`(_ file: String) throws {
    let items = try task(file).items
    let expected = try HarnessFigures.load(file).logLikelihoods
    let found = try ChoiceLikelihoods(pass: run().pass).of(items[...])
    #expect(found.map(\.count) == expected.map(\.count))
    for (index, (own, reference)) in zip(found, expected).enumerated() {
      for (choice, (own, reference)) in zip(own, reference).enumerated() {
        #expect(
          abs(own - reference) < 2e-3,
          "\(file), item \(index), choice \(choice): \(own), not \(reference)")
      }
    }
  }

  @Test(arguments: files)
  func `accuracies and their errors are the harness's`(_ file: String) throws {
    let expected = try HarnessFigures.load(file)
    let figures = try run().ask(.multipleChoice(task(file)))
    #expect(figures.items == expected.logLikelihoods.count)
    #expect(figures.accuracy == expected.accuracy)
    #expect(figures.normalizedAccuracy == expected.normalizedAccuracy)
    #expect(abs(figures.standardError - expected.standardError) < 1e-12)
    let error = try #require(figures.normalizedStandardError)
    #expect(abs(error - expected.normalizedStandardError) < 1e-12)
  }

  @Test func `rounds that a small budget makes give the same figures`() throws {
    let task = try EvaluationTask.multipleChoice(task(Self.bundled))
    var rounds = 0
    var tokens = 0
    let small = try run(memory: MemoryBudget(bytes: 0)).ask(task) {
      rounds += 1
      tokens += $0
    }
    #expect(rounds > 1 && tokens == task.tokens)
    #expect(try run().ask(task) == small)
  }
}

private struct HarnessFigures: Decodable {
  var accuracy: Double
  var standardError: Double
  var normalizedAccuracy: Double
  var normalizedStandardError: Double
  var logLikelihoods: [[Double]]

  private enum CodingKeys: String, CodingKey {
    case accuracy
    case standardError = "accuracy_stderr"
    case normalizedAccuracy = "normalized_accuracy"
    case normalizedStandardError = "normalized_accuracy_stderr"
    case logLikelihoods = "log_likelihoods"
  }

  static func load(_ file: String) throws -> HarnessFigures {
    let stored = TestFolders.fixtures.appending(path: "tasks/figures.json")
    let figures = try JSONDecoder().decode([String: Self].self, from: Data(contentsOf: stored))
    return try #require(figures[file])
  }
}
