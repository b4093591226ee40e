extension Tokenizer {
  /// The tokens of a text.
  ///
  /// Nothing is put before or after them unless `addingSpecialTokens` is set: a text that is cut
  /// into windows for an evaluation has no beginning in most of them, so measurements go without,
  /// for all models alike. With it, the file's own template adds its tokens (`<s>` and the like).
  public func encode(_ text: String, addingSpecialTokens: Bool = false) -> [Int32] {
    let bytes = Array(text.utf8)
    var result: [Int32] = addingSpecialTokens ? template.prefix : []
    result.reserveCapacity(bytes.count / 3)
    var cache = PieceCache()
    var scratch = BytePairMerges.Scratch()
    firstTokens.split(bytes, 0..<bytes.count) { part in
      let (bytes, range) = normalizer.apply(bytes, part)
      laterTokens.split(bytes, range) { text in
        let isFirst = part.lowerBound == 0 && text.lowerBound == range.lowerBound
        let pieces = preTokenizer.pieces(of: bytes, in: text, isFirst: isFirst)
        for piece in pieces.ranges {
          append(pieces.bytes, piece, to: &result, &cache, &scratch)
        }
      } token: {
        result.append($0)
      }
    } token: {
      result.append($0)
    }
    return addingSpecialTokens ? result + template.suffix : result
  }

  @inline(__always)
  private func append(
    _ bytes: [UInt8], _ piece: Range<Int>, to result: inout [Int32], _ cache: inout PieceCache,
    _ scratch: inout BytePairMerges.Scratch
  ) {
    guard vocabulary.mayCutAtSpaces else {
      return appendWhole(bytes, piece, to: &result, &cache, &scratch)
    }
    let mark = Vocabulary.spaceMark
    var start = piece.lowerBound
    var position = start
    var wasMark = true
    while position + 2 < piece.upperBound {
      let isMark =
        bytes[position] == mark[0] && bytes[position + 1] == mark[1]
        && bytes[position + 2] == mark[2]
      if isMark, !wasMark {
        appendWhole(bytes, start..<position, to: &result, &cache, &scratch)
        start = position
      }
      wasMark = isMark
      position += isMark ? 3 : 1
    }
    appendWhole(bytes, start..<piece.upperBound, to: &result, &cache, &scratch)
  }

  @inline(__always)
  private func appendWhole(
    _ bytes: [UInt8], _ piece: Range<Int>, to result: inout [Int32], _ cache: inout PieceCache,
    _ scratch: inout BytePairMerges.Scratch
  ) {
    let key = PieceCache.key(bytes, piece)
    if let key, cache.append(key, to: &result) { return }
    if let whole = vocabulary.wholePieces?[Array(bytes[piece])] {
      result.append(whole)
      return
    }
    vocabulary.merges.merge(bytes, in: piece, scratch: &scratch)
    result += scratch.tokens
    if let key { cache.insert(key, scratch.tokens) }
  }
}
