/// Cuts text as GPT-2's pattern does.
///
/// Scanning by hand, as regular expressions take 3 to 30 times as long. The pattern:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// The pieces cover the text without gaps.
struct GPT2Pattern {
  private let classes = CharacterClasses.shared

  /// The end of the piece that starts at `start`; the text ends at `end`, the bytes are UTF-8.
  func pieceEnd(in bytes: [UInt8], from start: Int, end: Int) -> Int {
    if bytes[start] == UInt8(ascii: "'"),
      let end = Contraction.end(in: bytes, at: start, end: end, ignoringCase: false)
    {
      return end
    }
    var position = start
    if bytes[start] == UInt8(ascii: " "), start + 1 < end,
      !classes.of(bytes, at: start + 1).kind.contains(.space)
    {
      position += 1
    }
    let (kind, length) = classes.of(bytes, at: position)
    position += length
    if !kind.isDisjoint(with: .letter) {
      return classes.runEnd(of: .letter, in: bytes, from: position, end: end)
    }
    if kind.contains(.number) {
      return classes.runEnd(of: .number, in: bytes, from: position, end: end)
    }
    guard kind.contains(.space) else {
      return classes.runEnd(
        without: [.space, .letter, .number], in: bytes, from: position, end: end)
    }
    return classes.spaceEnd(in: bytes, from: start, end: end)
  }
}

extension CharacterClasses {
  /// `\s+(?!\S)|\s+`: before a word, the last white space is left for the next piece, unless it is
  /// the only one.
  func spaceEnd(in bytes: [UInt8], from start: Int, end: Int) -> Int {
    var position = start
    var last = start
    while position < end {
      let next = of(bytes, at: position)
      guard next.kind.contains(.space) else { break }
      last = position
      position += next.length
    }
    return position < end && last > start ? last : position
  }

  /// `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last line break of the white space, if it has one.
  func spaceOrLineEnd(in bytes: [UInt8], from start: Int, end: Int) -> Int {
    var position = start
    var last = start
    var afterLine = start
    while position < end {
      let next = of(bytes, at: position)
      guard next.kind.contains(.space) else { break }
      last = position
      position += next.length
      if next.kind.contains(.newline) { afterLine = position }
    }
    if afterLine > start { return afterLine }
    return position < end && last > start ? last : position
  }
}

/// The endings `'s|'t|'re|'ve|'m|'ll|'d`.
enum Contraction {
  /// The end of the contraction whose apostrophe stands at `start`, if there is one.
  static func end(in bytes: [UInt8], at start: Int, end: Int, ignoringCase: Bool) -> Int? {
    guard start + 1 < end else { return nil }
    let bit: UInt8 = ignoringCase ? 0x20 : 0
    switch bytes[start + 1] | bit {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
      return start + 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"):
      return start + 2 < end && bytes[start + 2] | bit == UInt8(ascii: "e") ? start + 3 : nil
    case UInt8(ascii: "l"):
      return start + 2 < end && bytes[start + 2] | bit == UInt8(ascii: "l") ? start + 3 : nil
    // U+017F, the long s, which is an s when case is ignored.
    case 0xC5 where ignoringCase && bytes[start + 1] == 0xC5:
      return bytes[start + 2] == 0xBF ? start + 3 : nil
    // 0xE5 | bit comes from 0xC5 too.
    case 0xE5 where ignoringCase && bytes[start + 1] == 0xC5:
      return bytes[start + 2] == 0xBF ? start + 3 : nil
    default: return nil
    }
  }
}
