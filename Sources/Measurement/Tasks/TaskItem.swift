/// One line of a task file, as it stands there.
struct TaskItem: Decodable, Equatable {
  /// What is right: an answer's text, or a choice's index.
  enum Answer: Equatable {
    case text(String)
    case index(Int)
  }

  var context: String
  /// `nil` where the answer is to be written.
  var choices: [String]?
  /// Empty where the file does not say.
  var answer: Answer?
  /// Between context and choice.
  var delimiter = " "

  private enum CodingKeys: String, CodingKey {
    case context, choices, answer, endings
    case delimiter = "target_delimiter"
  }

  init(context: String, choices: [String]?, answer: Answer?) {
    self.context = context
    self.choices = choices
    self.answer = answer
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard !container.contains(.endings) else {
      self = try HellaSwagRow(from: decoder).item
      return
    }
    context = try container.decode(String.self, forKey: .context)
    choices = try container.decodeIfPresent([String].self, forKey: .choices)
    answer = try container.decode(Answer.self, forKey: .answer)
    delimiter = try container.decodeIfPresent(String.self, forKey: .delimiter) ?? " "
  }

  /// The index of the right choice.
  func rightChoice(of choices: [String]) throws(TaskProblem) -> Int {
    switch answer {
    case .index(let index):
      guard choices.indices.contains(index) else {
        throw .answerOutOfRange(index, choices: choices.count)
      }
      return index
    case .text(let text):
      guard let index = choices.firstIndex(of: text) else { throw .answerIsNoChoice(text) }
      return index
    case nil: throw .noLabel
    }
  }
}

extension TaskItem.Answer: Decodable {
  /// A text or a whole number.
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let index = try? container.decode(Int.self) {
      self = .index(index)
    } else {
      self = .text(try container.decode(String.self))
    }
  }
}
