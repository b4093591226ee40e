/// Cuts text as the patterns of the `cl100k` kind do: Llama 3, Qwen, GLM-4 and many more.
///
///     (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}
///       | ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
///
/// The pieces cover the text without gaps.
struct WordPattern {
  /// Most numbers in a piece.
  var longestNumber: Int
  /// `[\p{L}\p{M}]` for `\p{L}`, and `\p{M}` is no sign: Qwen 3.5.
  var marksAreLetters = false

  private let classes = CharacterClasses.shared

  /// Describes the pattern.
  init(longestNumber: Int, marksAreLetters: Bool = false) {
    self.longestNumber = longestNumber
    self.marksAreLetters = marksAreLetters
  }

  /// The end of the piece that starts at `start`; the text ends at `end`, the bytes are UTF-8.
  func pieceEnd(in bytes: [UInt8], from start: Int, end: Int) -> Int {
    let (kind, length) = classes.of(bytes, at: start)
    let letters: CharacterClass = marksAreLetters ? [.letter, .mark] : .letter
    if !kind.isDisjoint(with: letters) {
      return classes.runEnd(of: letters, in: bytes, from: start + length, end: end)
    }
    if kind.contains(.number) {
      return classes.numberEnd(in: bytes, from: start, end: end, longest: longestNumber)
    }
    if bytes[start] == UInt8(ascii: "'"),
      let end = Contraction.end(in: bytes, at: start, end: end, ignoringCase: true)
    {
      return end
    }
    let next = start + length
    let following = next < end ? classes.of(bytes, at: next).kind : []
    if !kind.contains(.newline), !following.isDisjoint(with: letters) {
      return classes.runEnd(of: letters, in: bytes, from: next, end: end)
    }
    let words: CharacterClass = letters.union([.space, .number])
    let isSpaceBeforeSign =
      bytes[start] == UInt8(ascii: " ") && next < end && following.isDisjoint(with: words)
    guard kind.contains(.space), !isSpaceBeforeSign else {
      let signs = classes.runEnd(without: words, in: bytes, from: next, end: end)
      return classes.runEnd(of: .newline, in: bytes, from: signs, end: end)
    }
    return classes.spaceOrLineEnd(in: bytes, from: start, end: end)
  }
}
