import Checkpoint
import FoundationEssentials
import Model

/// Questions from a file: answers to be written, or choices to be told apart.
///
/// Its kind is that of the file's items; a file has items of one kind.
public enum EvaluationTask: Hashable, Sendable {
  case exactMatch(ExactMatchTask)
  case multipleChoice(MultipleChoiceTask)

  /// Reads a JSONL file: one object a line with `context` and `answer`, and with `choices` for
  /// multiple choice, where `answer` is the right one's text or index; or rows of HellaSwag.
  ///
  /// - Parameters:
  ///   - file: its path; the task is named after it
  ///   - tokenizer: the model's
  ///   - context: most tokens the model takes
  /// - Throws: `MeasurementError` naming file and line.
  public init(file: String, tokenizer: Tokenizer, context: Int) throws(MeasurementError) {
    let text = try DomainText(file: file)
    let items = try Self.items(of: text.text, file: file)
    let isMultipleChoice = items[0].item.choices != nil
    let reader = TaskReader(tokenizer: tokenizer, context: context)
    var questions: [ExactMatchTask.Item] = []
    var choices: [MultipleChoiceTask.Item] = []
    for (line, item) in items {
      do throws(TaskProblem) {
        guard (item.choices != nil) == isMultipleChoice else {
          throw .mixedKinds(isMultipleChoice: !isMultipleChoice)
        }
        if let texts = item.choices {
          choices.append(try reader.choice(item, texts))
        } else {
          questions.append(try reader.question(item))
        }
      } catch { throw .badTask(file: file, line: line, error) }
    }
    self =
      isMultipleChoice
      ? .multipleChoice(MultipleChoiceTask(name: text.name, items: choices))
      : .exactMatch(ExactMatchTask(name: text.name, items: questions))
  }

  /// The items of a file with their lines, at least one.
  private static func items(
    of text: String, file: String
  ) throws(MeasurementError) -> [(line: Int, item: TaskItem)] {
    var items: [(line: Int, item: TaskItem)] = []
    let decoder = JSONDecoder()
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isLineEnd)
    for (index, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
      guard let item = try? decoder.decode(TaskItem.self, from: Data(line.utf8)) else {
        throw .badTask(file: file, line: index + 1, .notAnItem)
      }
      items.append((index + 1, item))
    }
    guard !items.isEmpty else { throw .badTask(file: file, line: 1, .noItems) }
    return items
  }

  /// Tokens that asking it passes through the model, those the model writes left out.
  var tokens: Int {
    switch self {
    case .exactMatch(let task): task.items.reduce(0) { $0 + $1.prompt.count }
    case .multipleChoice(let task): task.items.reduce(0) { $0 + $1.tokens }
    }
  }
}

extension Character {
  /// Whether it ends a line of JSONL; a text within may hold other line separators.
  fileprivate var isLineEnd: Bool { self == "\n" || self == "\r\n" }
}

extension Fingerprint {
  /// Adds a task's questions and answers.
  mutating func combine(_ task: EvaluationTask) {
    switch task {
    case .exactMatch(let task):
      combine(task.name)
      for item in task.items {
        for id in item.prompt { combine(id) }
        combine(item.answer)
      }
    case .multipleChoice(let task):
      combine(task.name)
      for item in task.items {
        combine(item.right)
        for choice in item.choices {
          combine(choice.length)
          for id in choice.tokens { combine(id) }
          combine(choice.targets)
        }
      }
    }
  }
}
