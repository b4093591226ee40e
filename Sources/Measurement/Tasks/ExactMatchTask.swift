import Checkpoint
import FoundationEssentials
import Model
import Numerics
import Transformer

/// Prompts with one right answer each, answered greedily and compared exactly.
///
/// Rule: the continuation up to the first token that contains a newline, at most four tokens,
/// compared with the answer after trimming blanks.
public struct ExactMatchTask: Hashable, Sendable {
  /// The task's name.
  public var name: String
  /// Token ids of every prompt.
  public var prompts: [[Int]]
  /// The right answers.
  public var answers: [String]

  static let longestAnswer = 4

  /// Reads a JSONL file of objects with `context` and `answer`.
  ///
  /// - Throws: `MeasurementError` naming file and line.
  public init(
    file: String, tokenizer: Tokenizer, context: Int
  ) throws(MeasurementError) {
    let text = try DomainText(file: file)
    name = text.name
    prompts = []
    answers = []
    let lines = text.text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
      guard let item = try? JSONDecoder().decode(Item.self, from: Data(line.utf8)) else {
        throw .badTask(file: file, line: index + 1, reason: "it is not such an object")
      }
      let prompt = tokenizer.indices(of: item.context)
      let tokens = prompt.count + Self.longestAnswer
      guard !prompt.isEmpty, tokens <= context else {
        throw .badTask(
          file: file, line: index + 1,
          reason: "its context has \(prompt.count) tokens, the model takes \(context)")
      }
      prompts.append(prompt)
      answers.append(item.answer)
    }
    guard !prompts.isEmpty else {
      throw .badTask(file: file, line: 1, reason: "the file has no items")
    }
  }

  /// Tokens of all prompts.
  var promptTokens: Int { prompts.reduce(0) { $0 + $1.count } }

  /// Asks every prompt.
  ///
  /// - Throws: `CancellationError`, or what the weights throw.
  func run(
    on pass: ForwardPass, tokenizer: Tokenizer, cancellation: Cancellation?
  ) throws -> TaskEvaluation {
    let generation = GreedyGeneration(pass: pass, cancellation: cancellation)
    let continuations = try generation.continue(prompts, tokens: Self.longestAnswer) { token in
      tokenizer.text(of: [token]).contains { $0.isNewline }
    }
    let right = zip(continuations, answers).count { ids, answer in
      let line = tokenizer.text(of: ids).split(whereSeparator: \.isNewline).first ?? ""
      return line.trimmed == answer[...].trimmed
    }
    return TaskEvaluation(
      name: name, items: prompts.count, accuracy: Double(right) / Double(prompts.count))
  }

  private struct Item: Decodable {
    var context: String
    var answer: String
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}

extension Fingerprint {
  /// Adds a task's prompts and answers.
  mutating func combine(_ task: ExactMatchTask) {
    combine(task.name)
    for (prompt, answer) in zip(task.prompts, task.answers) {
      for id in prompt { combine(id) }
      combine(answer)
    }
  }
}
