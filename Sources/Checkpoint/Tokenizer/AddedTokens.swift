/// Tokens that are found in the text as they stand, before it is cut into pieces.
struct AddedTokens: Sendable {
  private struct Token: Sendable {
    var content: [UInt8]
    var id: Int32
  }

  /// Tokens by their first byte, longest first.
  private var tokensByFirstByte = [[Token]](repeating: [], count: 256)
  private var isEmpty = true

  /// Adds a token.
  mutating func add(_ content: String, id: Int32) {
    let content = Array(content.utf8)
    guard let first = content.first else { return }
    tokensByFirstByte[Int(first)].append(Token(content: content, id: id))
    tokensByFirstByte[Int(first)].sort { $0.content.count > $1.content.count }
    isEmpty = false
  }

  /// Cuts the bytes in `range` at the tokens.
  ///
  /// The leftmost token goes first, the longest of those that start at the same place; `text` gets
  /// what lies between, never empty.
  func split(
    _ bytes: [UInt8], _ range: Range<Int>, text: (Range<Int>) -> Void, token: (Int32) -> Void
  ) {
    var start = range.lowerBound
    var position = start
    while !isEmpty, position < range.upperBound {
      guard let found = match(bytes, at: position, end: range.upperBound) else {
        position += 1
        continue
      }
      if start < position { text(start..<position) }
      token(found.id)
      position += found.content.count
      start = position
    }
    if start < range.upperBound { text(start..<range.upperBound) }
  }

  @inline(__always)
  private func match(_ bytes: [UInt8], at position: Int, end: Int) -> Token? {
    let candidates = tokensByFirstByte[Int(bytes[position])]
    guard !candidates.isEmpty else { return nil }
    return candidates.first { token in
      position + token.content.count <= end
        && bytes[position..<(position + token.content.count)].elementsEqual(token.content)
    }
  }
}
