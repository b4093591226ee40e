/// Prompts with one right answer each, answered greedily and compared exactly.
///
/// Rule: the continuation up to the first token that contains a newline, at most four tokens,
/// compared with the answer after trimming blanks.
public struct ExactMatchTask: Hashable, Sendable {
  /// A prompt and its answer.
  struct Item: Hashable, Sendable {
    /// Token ids.
    var prompt: [Int]
    /// What is to be written.
    var answer: String

    /// Whether a continuation's first line is the answer.
    func isAnswered(by continuation: String) -> Bool {
      let line = continuation.split(whereSeparator: \.isNewline).first ?? ""
      return line.trimmed == answer[...].trimmed
    }
  }

  /// The task's name.
  public var name: String
  var items: [Item]

  static let longestAnswer = 4
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
