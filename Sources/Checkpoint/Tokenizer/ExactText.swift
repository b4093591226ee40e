/// A text that equals only the same bytes.
///
/// Swift's texts are equal when they look the same, however composed; a vocabulary may hold both
/// `é` and `e` with a combining accent, as two tokens.
struct ExactText: Hashable, Sendable {
  /// The text itself.
  let text: String

  /// Wraps a text.
  init(_ text: some StringProtocol) { self.text = String(text) }

  static func == (left: Self, right: Self) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    var word: UInt64 = 1
    for byte in text.utf8 {
      // The leading 1 reaches the top after seven bytes.
      if word >> 56 != 0 {
        hasher.combine(word)
        word = 1
      }
      word = word << 8 | UInt64(byte)
    }
    hasher.combine(word)
  }
}
