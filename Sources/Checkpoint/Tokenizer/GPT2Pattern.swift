/// Cuts text as GPT-2's pattern does.
///
/// Scanning by hand, as regular expressions take 3 to 30 times as long. The pattern:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// The pieces cover the text without gaps.
struct GPT2Pattern {
  private let ascii = ScalarClass.ascii

  /// The end of the piece that starts at `start`; the text ends at `end`, the bytes are UTF-8.
  func pieceEnd(in bytes: [UInt8], from start: Int, end: Int) -> Int {
    if bytes[start] == UInt8(ascii: "'"), let length = contraction(in: bytes, at: start, end: end) {
      return start + length
    }
    var position = start
    var (kind, length) = bytes.scalarClass(at: position, ascii: ascii)
    if bytes[start] == UInt8(ascii: " "), start + 1 < end {
      let next = bytes.scalarClass(at: start + 1, ascii: ascii)
      if next.kind != .space {
        position += 1
        (kind, length) = next
      }
    }
    guard kind != .space else { return spaceEnd(in: bytes, from: start, end: end) }
    position += length
    return runEnd(of: kind, in: bytes, from: position, end: end).end
  }

  /// The end of the characters of one class, and where the last of them starts.
  @inline(__always)
  private func runEnd(
    of kind: ScalarClass, in bytes: [UInt8], from start: Int, end: Int
  ) -> (end: Int, last: Int) {
    var position = start
    var last = start
    while position < end {
      let next = bytes.scalarClass(at: position, ascii: ascii)
      guard next.kind == kind else { break }
      last = position
      position += next.length
    }
    return (position, last)
  }

  /// `\s+(?!\S)|\s+`: before a word, the last white space is left for the next piece, unless it is
  /// the only one.
  private func spaceEnd(in bytes: [UInt8], from start: Int, end: Int) -> Int {
    let run = runEnd(of: .space, in: bytes, from: start, end: end)
    return run.end < end && run.last > start ? run.last : run.end
  }

  /// The length of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d`, if one stands at `start`.
  private func contraction(in bytes: [UInt8], at start: Int, end: Int) -> Int? {
    guard start + 1 < end else { return nil }
    switch bytes[start + 1] {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"):
      return start + 2 < end && bytes[start + 2] == UInt8(ascii: "e") ? 3 : nil
    case UInt8(ascii: "l"):
      return start + 2 < end && bytes[start + 2] == UInt8(ascii: "l") ? 3 : nil
    default: return nil
    }
  }
}
