/// Tokens that are found in the text as they stand, before it is cut into pieces.
struct AddedTokens: Sendable {
  /// One token, and what around it counts.
  struct Token: Sendable {
    var content: [UInt8]
    var id: Int32
    /// Only found where no word continues on either side.
    var isSingleWord = false
    /// Takes the white space before it.
    var stripsLeft = false
    /// Takes the white space after it.
    var stripsRight = false
  }

  /// Tokens by their first byte, longest first.
  private var tokensByFirstByte = [[Token]](repeating: [], count: 256)
  private var isFirstByte = [Bool](repeating: false, count: 256)
  private var isEmpty = true

  /// Adds a token; of two with the same content the first is found.
  mutating func add(_ token: Token) {
    guard let first = token.content.first else { return }
    let same = tokensByFirstByte[Int(first)]
    let place = same.firstIndex { $0.content.count < token.content.count } ?? same.count
    tokensByFirstByte[Int(first)].insert(token, at: place)
    isFirstByte[Int(first)] = true
    isEmpty = false
  }

  /// Cuts the bytes in `range` at the tokens.
  ///
  /// The leftmost token goes first, the longest of those that start at the same place; `text` gets
  /// what lies between, never empty. White space that a token takes may hold other tokens, which are
  /// found none the less, as in the library.
  func split(
    _ bytes: [UInt8], _ range: Range<Int>, text: (Range<Int>) -> Void, token: (Int32) -> Void
  ) {
    var start = range.lowerBound
    var position = start
    while !isEmpty, position < range.upperBound {
      guard isFirstByte[Int(bytes[position])],
        let found = match(bytes, at: position, end: range.upperBound)
      else {
        position += 1
        continue
      }
      let match = position..<(position + found.content.count)
      position = match.upperBound
      guard !found.isSingleWord || bytes.isSingleWord(match, in: range) else { continue }
      let taken = found.taken(match, in: bytes, range, after: start)
      if start < taken.lowerBound { text(start..<taken.lowerBound) }
      token(found.id)
      start = taken.upperBound
    }
    if start < range.upperBound { text(start..<range.upperBound) }
  }

  @inline(__always)
  private func match(_ bytes: [UInt8], at position: Int, end: Int) -> Token? {
    tokensByFirstByte[Int(bytes[position])].first { token in
      position + token.content.count <= end
        && bytes[position..<(position + token.content.count)].elementsEqual(token.content)
    }
  }
}

extension AddedTokens.Token {
  /// A match with the white space that belongs to it; what is before `start` was taken already.
  fileprivate func taken(
    _ match: Range<Int>, in bytes: [UInt8], _ range: Range<Int>, after start: Int
  ) -> Range<Int> {
    var (lower, upper) = (match.lowerBound, match.upperBound)
    if stripsLeft {
      while lower > range.lowerBound {
        let previous = bytes.characterStart(before: lower)
        guard bytes.scalar(at: previous)?.properties.isWhitespace == true else { break }
        lower = previous
      }
      lower = max(lower, start)
    }
    while stripsRight, upper < range.upperBound {
      guard bytes.scalar(at: upper)?.properties.isWhitespace == true else { break }
      upper += bytes.character(at: upper).length
    }
    return min(lower, upper)..<upper
  }
}

extension [UInt8] {
  fileprivate func isSingleWord(_ match: Range<Int>, in range: Range<Int>) -> Bool {
    let precedes =
      match.lowerBound > range.lowerBound
      && scalar(at: characterStart(before: match.lowerBound))?.isWord == true
    let follows =
      match.upperBound < range.upperBound && scalar(at: match.upperBound)?.isWord == true
    return !precedes && !follows
  }

  fileprivate func characterStart(before position: Int) -> Int {
    var start = position - 1
    while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }

  fileprivate func scalar(at position: Int) -> Unicode.Scalar? {
    Unicode.Scalar(character(at: position).code)
  }
}

extension Unicode.Scalar {
  /// `\w` of the library's other regular expressions (Unicode's annex C of UTS 18).
  fileprivate var isWord: Bool {
    guard (properties.age?.major ?? 0) <= CharacterClass.unicodeVersion else { return false }
    if properties.isAlphabetic || properties.isJoinControl { return true }
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
      return true
    default: return false
    }
  }
}
