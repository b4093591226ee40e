import Checkpoint

/// What is wrong with a line of a task file.
public enum TaskProblem: Error, Hashable, Sendable {
  /// It is not an object with the keys of an item.
  case notAnItem
  /// The file has no line with an item.
  case noItems
  /// It is of the other kind than the file's first item.
  case mixedKinds(isMultipleChoice: Bool)
  /// A question for an exact answer has no text.
  case emptyContext
  /// Context and answer are longer than the model takes.
  case contextTooLong(tokens: Int, context: Int)
  /// The answer of a question without choices is a number, not a text.
  case answerNotText
  /// There is nothing to choose between.
  case tooFewChoices(Int)
  /// A choice, counted from 0, is no text or adds no token.
  case emptyChoice(Int)
  /// A choice alone is longer than the model takes.
  case choiceTooLong(Int, tokens: Int, context: Int)
  /// The answer is none of the choices.
  case answerIsNoChoice(String)
  /// The answer's index is none of a choice.
  case answerOutOfRange(Int, choices: Int)
  /// A HellaSwag row does not say which ending is right, as in its test set.
  case noLabel
  /// The tokenizer names no token to put before an empty context.
  case noBeginning
}

extension TaskProblem: CustomStringConvertible {
  /// The reason and what to do.
  public var description: String {
    switch self {
    case .notAnItem: "it is not an item; \(Self.shape)"
    case .noItems: "the file has no items; \(Self.shape)"
    case .mixedKinds(let isMultipleChoice):
      isMultipleChoice
        ? "it has choices, but the items before have none; put each kind into a file of its own"
        : "it has no choices, but the items before have some; put each kind into a file of its own"
    case .emptyContext: "its context is empty; write the prompt there"
    case .contextTooLong(let tokens, let context):
      "context and answer take \(tokens) tokens, the model \(context); shorten the context"
    case .answerNotText: "its answer is a number; write it in quotation marks"
    case .tooFewChoices(let count):
      "it has \(count == 1 ? "one choice" : "no choices"); give two or more"
    case .emptyChoice(let index): "choice \(index) is empty; give it a text"
    case .choiceTooLong(let index, let tokens, let context):
      "choice \(index) takes \(tokens) tokens, the model \(context); shorten it"
    case .answerIsNoChoice(let answer):
      "its answer \"\(answer.sanitized)\" is none of its choices; give one of them, or its index from 0"
    case .answerOutOfRange(let index, let choices):
      "its answer \(index) is none of its choices; give 0 to \(choices - 1), or the choice's text"
    case .noLabel: "it has no label; use the validation set, which has them"
    case .noBeginning:
      "its context is empty, and the tokenizer names no token that begins a text; give it a context"
    }
  }

  private static let shape =
    "write one object a line with \"context\" and \"answer\", and \"choices\" for multiple choice"
}
