/// The pre-tokenizer `Metaspace`: writes spaces as a visible character, as sentencepiece does.
struct Metaspace: Sendable {
  /// Where the character is put in before a text that does not start with it.
  enum PrependScheme: String, Sendable {
    /// Before every part between added tokens.
    case always
    /// Only before the whole text.
    case first
    case never
  }

  /// The character that stands for a space, usually `▁`, in UTF-8.
  var replacement: [UInt8]
  /// Where it is put in.
  var prependScheme: PrependScheme
  /// Whether every such character starts a piece.
  var splits: Bool

  /// Rewrites and cuts every piece; `isFirst` says that the text starts with the first.
  func apply(to pieces: inout Pieces, isFirst: Bool) {
    var prepends = prependScheme == .always || (prependScheme == .first && isFirst)
    pieces.rewrite { piece, bytes in
      if prepends, piece.first != UInt8(ascii: " "), !piece.starts(with: replacement) {
        bytes += replacement
      }
      prepends = prependScheme == .always
      for byte in piece {
        if byte == UInt8(ascii: " ") { bytes += replacement } else { bytes.append(byte) }
      }
    }
    if splits { cut(&pieces) }
  }

  private func cut(_ pieces: inout Pieces) {
    var result: [Range<Int>] = []
    for range in pieces.ranges {
      var start = range.lowerBound
      var position = start
      while position < range.upperBound {
        guard pieces.bytes[position] == replacement[0],
          pieces.bytes[position..<range.upperBound].starts(with: replacement)
        else {
          position += 1
          continue
        }
        if start < position { result.append(start..<position) }
        start = position
        position += replacement.count
      }
      result.append(start..<range.upperBound)
    }
    pieces.ranges = result
  }
}
