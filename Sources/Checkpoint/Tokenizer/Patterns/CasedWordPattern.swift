/// Cuts text as the patterns of the `o200k` kind do, which end a piece where a small letter is
/// followed by a capital: gpt-oss.
///
///     [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
///       |[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
///       |\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
///
/// The pieces cover the text without gaps.
struct CasedWordPattern {
  /// Most numbers in a piece.
  var longestNumber: Int
  /// Whether `'s` and the like belong to the word before them.
  var takesContractions: Bool

  private let classes = CharacterClasses.shared
  private static let upper: CharacterClass = [
    .uppercase, .titlecase, .modifierLetter, .otherLetter, .mark,
  ]
  private static let lower: CharacterClass = [.lowercase, .modifierLetter, .otherLetter, .mark]

  /// Describes the pattern.
  init(longestNumber: Int, takesContractions: Bool) {
    self.longestNumber = longestNumber
    self.takesContractions = takesContractions
  }

  /// The end of the piece that starts at `start`; the text ends at `end`, the bytes are UTF-8.
  func pieceEnd(in bytes: [UInt8], from start: Int, end: Int) -> Int {
    if let wordEnd = wordEnd(in: bytes, from: start, end: end) {
      guard takesContractions, wordEnd < end, bytes[wordEnd] == UInt8(ascii: "'") else {
        return wordEnd
      }
      return Contraction.end(in: bytes, at: wordEnd, end: end, ignoringCase: true) ?? wordEnd
    }
    let (kind, length) = classes.of(bytes, at: start)
    if kind.contains(.number) {
      return classes.numberEnd(in: bytes, from: start, end: end, longest: longestNumber)
    }
    let words: CharacterClass = [.letter, .space, .number]
    let next = start + length
    let isSpaceBeforeSign =
      bytes[start] == UInt8(ascii: " ") && next < end
      && classes.of(bytes, at: next).kind.isDisjoint(with: words)
    guard kind.contains(.space), !isSpaceBeforeSign else {
      var position = classes.runEnd(without: words, in: bytes, from: next, end: end)
      while position < end, [0x0A, 0x0D, UInt8(ascii: "/")].contains(bytes[position]) {
        position += 1
      }
      return position
    }
    return classes.spaceOrLineEnd(in: bytes, from: start, end: end)
  }

  /// The two kinds of words, in the pattern's order of trying; each first takes a sign or a space
  /// before the word if it can, and a mark may be either.
  private func wordEnd(in bytes: [UInt8], from start: Int, end: Int) -> Int? {
    let (kind, length) = classes.of(bytes, at: start)
    let next = start + length
    let mayPrecede = kind.isDisjoint(with: [.letter, .number, .newline])
    if mayPrecede, let end = smallEnd(in: bytes, from: next, end: end) { return end }
    if let end = smallEnd(in: bytes, from: start, end: end) { return end }
    if mayPrecede, let end = capitalEnd(in: bytes, from: next, end: end) { return end }
    return capitalEnd(in: bytes, from: start, end: end)
  }

  /// Matches `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+`.
  private func smallEnd(in bytes: [UInt8], from start: Int, end: Int) -> Int? {
    var position = start
    // Where the regular expression would go back to: after the last character that is in both.
    var lastOfBoth: Int?
    while position < end {
      let next = classes.of(bytes, at: position)
      guard !next.kind.isDisjoint(with: Self.upper) else { break }
      position += next.length
      if !next.kind.isDisjoint(with: Self.lower) { lastOfBoth = position }
    }
    let small = classes.runEnd(of: Self.lower, in: bytes, from: position, end: end)
    return small > position ? small : lastOfBoth
  }

  /// Matches `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*`.
  private func capitalEnd(in bytes: [UInt8], from start: Int, end: Int) -> Int? {
    let capitals = classes.runEnd(of: Self.upper, in: bytes, from: start, end: end)
    guard capitals > start else { return nil }
    return classes.runEnd(of: Self.lower, in: bytes, from: capitals, end: end)
  }
}
