/// The pre-tokenizer `Split`: cuts at the matches of a pattern.
struct Split: Sendable {
  /// What becomes of a match.
  enum Behavior: String, Sendable {
    /// It is a piece.
    case isolated = "Isolated"
    /// It is dropped.
    case removed = "Removed"
    /// It belongs to the piece before it.
    case mergedWithPrevious = "MergedWithPrevious"
    /// It belongs to the piece after it.
    case mergedWithNext = "MergedWithNext"
    /// It is a piece, together with the matches that touch it.
    case contiguous = "Contiguous"
  }

  /// What is looked for.
  var pattern: SplitPattern
  /// What becomes of it.
  var behavior: Behavior
  /// Whether what lies between the matches is taken for them, and the other way round.
  var isInverted: Bool

  /// Cuts every piece.
  func apply(to pieces: inout Pieces) {
    var result: [Range<Int>] = []
    result.reserveCapacity(pieces.ranges.count * 2)
    switch behavior {
    case .isolated:
      pattern.forEachPart(of: pieces.bytes, in: pieces.ranges) { part, _ in result.append(part) }
    case .removed:
      pattern.forEachPart(of: pieces.bytes, in: pieces.ranges) { part, isMatch in
        if isMatch == isInverted { result.append(part) }
      }
    default:
      for range in pieces.ranges { result += mergedPieces(of: pieces.bytes, in: range) }
    }
    pieces.ranges = result
  }

  private func mergedPieces(of bytes: [UInt8], in range: Range<Int>) -> [Range<Int>] {
    var parts: [(range: Range<Int>, isMatch: Bool)] = []
    pattern.forEachPart(of: bytes, in: [range]) { part, isMatch in
      parts.append((part, isMatch != isInverted))
    }
    // A match that follows another one stays alone, except where touching ones are asked for.
    var pieces: [Range<Int>] = []
    var previousIsMatch = false
    for part in behavior == .mergedWithNext ? parts.reversed() : parts {
      let joins =
        behavior == .contiguous
        ? part.isMatch == previousIsMatch : part.isMatch && !previousIsMatch
      if joins, let last = pieces.popLast() {
        let lower = min(last.lowerBound, part.range.lowerBound)
        pieces.append(lower..<max(last.upperBound, part.range.upperBound))
      } else {
        pieces.append(part.range)
      }
      previousIsMatch = part.isMatch
    }
    return behavior == .mergedWithNext ? pieces.reversed() : pieces
  }
}
