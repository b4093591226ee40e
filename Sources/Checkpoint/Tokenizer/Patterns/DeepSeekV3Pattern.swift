/// Finds words and signs as the last pattern of DeepSeek-V3 does.
///
///     [!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+
///       | ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
///
/// Numbers and control characters are in no match.
struct DeepSeekV3Pattern {
  private let classes = CharacterClasses.shared

  /// The end of the match that starts at `start`, if one does; the text ends at `end`.
  func matchEnd(in bytes: [UInt8], from start: Int, end: Int) -> Int? {
    let (kind, length) = classes.of(bytes, at: start)
    let letters: CharacterClass = [.letter, .mark]
    let signs: CharacterClass = [.punctuation, .symbol]
    let next = start + length
    // All of ASCII's punctuation and symbols are in the first bracket.
    if length == 1, !kind.isDisjoint(with: signs), next < end, bytes[next].isASCIILetter {
      return bytes[next..<end].firstIndex { !$0.isASCIILetter } ?? end
    }
    if !kind.isDisjoint(with: letters) {
      return classes.runEnd(of: letters, in: bytes, from: next, end: end)
    }
    let following = next < end ? classes.of(bytes, at: next).kind : []
    let mayPrecede = kind.isDisjoint(with: signs.union(.newline))
    if mayPrecede, !following.isDisjoint(with: letters) {
      return classes.runEnd(of: letters, in: bytes, from: next, end: end)
    }
    let isSpaceBeforeSign =
      bytes[start] == UInt8(ascii: " ") && !following.isDisjoint(with: signs)
    if !kind.isDisjoint(with: signs) || isSpaceBeforeSign {
      let signEnd = classes.runEnd(of: signs, in: bytes, from: next, end: end)
      return classes.runEnd(of: .newline, in: bytes, from: signEnd, end: end)
    }
    guard kind.contains(.space) else { return nil }
    return classes.spaceOrLineEnd(in: bytes, from: start, end: end)
  }
}

extension UInt8 {
  fileprivate var isASCIILetter: Bool {
    let small = self | 0x20
    return small >= UInt8(ascii: "a") && small <= UInt8(ascii: "z")
  }
}
