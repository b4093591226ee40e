import Foundation
@testable import Measurement
import TestSupport
import Testing

struct TaskFileTests {
  private func task(_ lines: String...) throws -> EvaluationTask {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "own.task.jsonl")
    try Data(lines.joined(separator: "\n").utf8).write(to: file)
    do {
      return try EvaluationTask(
        file: file.path, tokenizer: DemoModel.tokenizer.get(), context: 256)
    } catch let error as MeasurementError {
      guard case .badTask(_, let line, let problem) = error else { throw error }
      throw Problem(line: line, problem: problem)
    }
  }

  private struct Problem: Error, Equatable {
    var line: Int
    var problem: TaskProblem
  }

  private let choice = #"{"context": "1+1=", "choices": ["2", "3"], "answer": 0}"#
  private let question = #"{"context": "1+1=", "answer": "2"}"#

  @Test func `the items decide the kind`() throws {
    guard case .exactMatch(let questions) = try task(question, "", question) else {
      Issue.record("not exact match")
      return
    }
    #expect(questions.items.count == 2 && questions.name == "own")
    guard case .multipleChoice(let choices) = try task(choice) else {
      Issue.record("not multiple choice")
      return
    }
    #expect(choices.items.map(\.right) == [0])
  }

  @Test func `the answer may be the choice's text`() throws {
    let item = choice.replacing(#""answer": 0"#, with: #""answer": "3""#)
    guard case .multipleChoice(let task) = try task(item) else { return }
    #expect(task.items.map(\.right) == [1])
  }

  @Test func `mixed kinds name the line`() {
    #expect(throws: Problem(line: 3, problem: .mixedKinds(isMultipleChoice: false))) {
      try task(choice, "", question)
    }
    #expect(throws: Problem(line: 2, problem: .mixedKinds(isMultipleChoice: true))) {
      try task(question, choice)
    }
  }

  @Test(arguments: [
    (#"{"context": "a", "choices": [], "answer": 0}"#, TaskProblem.tooFewChoices(0)),
    (#"{"context": "a", "choices": ["b"], "answer": 0}"#, .tooFewChoices(1)),
    (#"{"context": "a", "choices": ["b", ""], "answer": 0}"#, .emptyChoice(1)),
    (#"{"context": "a", "choices": ["b", "c"], "answer": 2}"#, .answerOutOfRange(2, choices: 2)),
    (#"{"context": "a", "choices": ["b", "c"], "answer": -1}"#, .answerOutOfRange(-1, choices: 2)),
    (#"{"context": "a", "choices": ["b", "c"], "answer": "d"}"#, .answerIsNoChoice("d")),
    (#"{"context": "a", "choices": ["b", "c"]}"#, .notAnItem),
    (#"{"context": "a", "choices": "b", "answer": 0}"#, .notAnItem),
    (#"["a"]"#, .notAnItem), ("{", .notAnItem),
    (#"{"context": "a", "answer": 2}"#, .answerNotText),
    (#"{"context": "", "answer": "2"}"#, .emptyContext),
    (
      #"{"activity_label": "a", "ctx_a": "b", "ctx_b": "c", "endings": ["d", "e"], "label": ""}"#,
      .noLabel
    ),
  ])
  func `a bad item names its line and what to do`(_ line: String, _ problem: TaskProblem) {
    #expect(throws: Problem(line: 1, problem: problem)) { try task(line) }
    #expect("\(problem)".contains("; "))
  }

  @Test func `what is too long for the model is refused`() throws {
    let long = Array(repeating: "word", count: 300).joined(separator: " ")
    #expect(throws: Problem.self) { try task(#"{"context": "\#(long)", "answer": "a"}"#) }
    #expect(throws: Problem.self) {
      try task(#"{"context": "a", "choices": ["b", "\#(long)"], "answer": 0}"#)
    }
  }

  @Test func `a file without items is refused`() {
    #expect(throws: Problem(line: 1, problem: .noItems)) { try task("", " ") }
  }

  @Test func `a HellaSwag row is prepared as the harness does`() throws {
    let row = #"""
      {"activity_label": "Garden", "ctx_a": "How to dig [title] Begin. [step] Take  a spade.",
      "ctx_b": "THEN you", "endings": [" dig [header] deep.", "stop"], "label": "1", "ind": 4}
      """#
    let item = try JSONDecoder().decode(TaskItem.self, from: Data(row.utf8))
    #expect(item.context == "Garden: How to dig. Begin. Take a spade. Then you")
    #expect(item.choices == ["dig deep.", "stop"] && item.answer == .index(1))
  }

  @Test func `the choices of an item share what they begin with`() throws {
    let tokens = Array(0..<10)
    let item = MultipleChoiceTask.Item(
      choices: [
        .init(tokens: tokens + [20], targets: 1, length: 1),
        .init(tokens: tokens + [30, 31], targets: 2, length: 1),
      ], right: 0)
    #expect(item.shared == 9)
    #expect(item.tokens == 9 + 1 + 2)
  }
}
