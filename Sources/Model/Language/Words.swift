/// The words of an edit, one after the other, with what was expected when one does not fit.
struct Words {
  private let text: String
  private let words: [Substring]
  private var position = 0

  /// Splits an edit: words, numbers and addresses at blanks; commas, brackets and comparison
  /// signs stand alone.
  init(_ text: String) {
    self.text = text
    words = Self.split(text)
  }

  var isAtEnd: Bool { position == words.count }

  /// The word at the front, left where it is.
  var peek: Substring? { isAtEnd ? nil : words[position] }

  /// Takes the word at the front.
  mutating func next(_ expected: String) throws(EditError) -> Substring {
    guard let word = peek else { throw .syntax(edit: text, found: nil, expected: expected) }
    position += 1
    return word
  }

  /// Takes the word at the front if it is `word`.
  mutating func skip(_ word: String) -> Bool {
    guard peek.map({ $0.lowercased() == word }) == true else { return false }
    position += 1
    return true
  }

  /// The error for the word taken last.
  func unexpected(_ expected: String) -> EditError {
    .syntax(edit: text, found: position > 0 ? String(words[position - 1]) : nil, expected: expected)
  }

  /// The error for the word at the front.
  func unexpectedFront(_ expected: String) -> EditError {
    .syntax(edit: text, found: peek.map(String.init), expected: expected)
  }

  /// The error for a word that does not go with the others.
  func problem(found: String, expected: String) -> EditError {
    .syntax(edit: text, found: found, expected: expected)
  }

  private static func split(_ text: String) -> [Substring] {
    var words: [Substring] = []
    var index = text.startIndex
    while index < text.endIndex {
      let start = index
      let character = text[index]
      if character.isWhitespace {
        index = text.index(after: index)
        continue
      }
      if "(),<>=!".contains(character) {
        index = text.index(after: index)
        if "<>=!".contains(character), index < text.endIndex, text[index] == "=" {
          index = text.index(after: index)
        }
      } else {
        while index < text.endIndex, !text[index].isWhitespace, !"(),<>=!".contains(text[index]) {
          index = text.index(after: index)
        }
      }
      words.append(text[start..<index])
    }
    return words
  }
}
