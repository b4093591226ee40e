/// Finds runs of one set of characters: `[\r\n]`, `\s?\p{L}+`, `\p{N}{1,3}`, `[一-龥]+` and the like,
/// of which DeepSeek's pre-tokenizers consist.
///
/// The set is read from the pattern's own text, so that lists of hundreds of characters are exact.
struct RunPattern {
  /// The characters of a run.
  private let members: CharacterSet
  /// Most characters in a run.
  private let longest: Int
  /// Whether one white space before a run belongs to it: `\s?`.
  private let takesSpace: Bool

  private let classes = CharacterClasses.shared

  /// Reads a pattern; `nil` if it is anything but a run.
  init?(_ text: String) {
    var rest = text.unicodeScalars[...]
    let prefix = "\\s?"
    takesSpace = rest.starts(with: prefix.unicodeScalars)
    if takesSpace { rest.removeFirst(prefix.unicodeScalars.count) }
    guard let members = CharacterSet(readingFrom: &rest) else { return nil }
    self.members = members
    switch String(rest) {
    case "": longest = 1
    case "+": longest = .max
    case "{1,2}": longest = 2
    case "{1,3}": longest = 3
    default: return nil
    }
  }

  /// The end of the match that starts at `start`, if one does; the text ends at `end`.
  func matchEnd(in bytes: [UInt8], from start: Int, end: Int) -> Int? {
    let (code, length) = bytes.character(at: start)
    let next = start + length
    if takesSpace, next < end, classes[code].contains(.space),
      members.contains(bytes.character(at: next).code)
    {
      return runEnd(in: bytes, from: next, end: end)
    }
    return members.contains(code) ? runEnd(in: bytes, from: start, end: end) : nil
  }

  private func runEnd(in bytes: [UInt8], from start: Int, end: Int) -> Int {
    var position = start
    var count = 0
    while position < end, count < longest {
      let (code, length) = bytes.character(at: position)
      guard members.contains(code) else { break }
      position += length
      count += 1
    }
    return position
  }
}

/// Finds white space at the end of a text or of a line: `\s+$`.
struct TrailingSpacePattern {
  private let classes = CharacterClasses.shared

  /// The next match from `start` on; the text ends at `end`.
  func match(in bytes: [UInt8], from start: Int, end: Int) -> Range<Int>? {
    var position = start
    while position < end {
      let first = classes.of(bytes, at: position)
      guard first.kind.contains(.space) else {
        position += first.length
        continue
      }
      let runStart = position
      position = classes.runEnd(of: .space, in: bytes, from: position, end: end)
      if position == end { return runStart..<end }
      // `$` also stands before a line feed.
      let lineEnd = bytes[(runStart + 1)..<position].lastIndex(of: 0x0A)
      if let lineEnd { return runStart..<lineEnd }
    }
    return nil
  }
}
