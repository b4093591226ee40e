/// The characters of a bracket expression or of a `\p{…}` in a pattern.
struct CharacterSet: Sendable {
  /// One bit for each character of the basic plane.
  private let bits: [UInt64]
  /// Characters beyond it that are listed.
  private let ranges: [ClosedRange<UInt32>]
  /// Characters of these classes are in the set, too.
  private let kinds: CharacterClass

  /// The characters of some classes, and those in some ranges.
  init(kinds: CharacterClass, ranges: [ClosedRange<UInt32>]) {
    self.kinds = kinds
    self.ranges = ranges.filter { $0.upperBound >= 0x10000 }
    var bits = [UInt64](repeating: 0, count: 1024)
    for range in ranges where range.lowerBound < 0x10000 {
      for code in range.lowerBound...min(range.upperBound, 0xFFFF) {
        bits[Int(code >> 6)] |= 1 << UInt64(code & 63)
      }
    }
    if !kinds.isEmpty {
      for code in UInt32(0)..<0x10000
      where !CharacterClasses.shared[code].isDisjoint(with: kinds) {
        bits[Int(code >> 6)] |= 1 << UInt64(code & 63)
      }
    }
    self.bits = bits
  }

  /// Whether a character is in the set.
  @inline(__always)
  func contains(_ code: UInt32) -> Bool {
    guard code >= 0x10000 else { return bits[Int(code >> 6)] >> UInt64(code & 63) & 1 != 0 }
    return ranges.contains { $0.contains(code) }
      || (!kinds.isEmpty && !CharacterClasses.shared[code].isDisjoint(with: kinds))
  }
}

extension CharacterSet {
  /// Reads a set at the start of a pattern's text: `[…]`, `\s` or `\p{…}`; nothing is taken from
  /// `pattern` if none stands there, or one with anything that would have to be guessed.
  init?(readingFrom pattern: inout Substring.UnicodeScalarView) {
    var rest = pattern
    guard let first = rest.popFirst() else { return nil }
    switch first {
    case "\\":
      guard let kinds = Self.classes(readingFrom: &rest) else { return nil }
      self.init(kinds: kinds, ranges: [])
    case "[":
      guard let (kinds, ranges) = Self.members(readingFrom: &rest) else { return nil }
      self.init(kinds: kinds, ranges: ranges)
    default: return nil
    }
    pattern = rest
  }

  /// `s` or `p{…}`, after the backslash.
  private static func classes(
    readingFrom rest: inout Substring.UnicodeScalarView
  ) -> CharacterClass? {
    let known: [(String, CharacterClass)] = [
      ("s", .space), ("p{L}", .letter), ("p{M}", .mark), ("p{N}", .number),
      ("p{P}", .punctuation), ("p{S}", .symbol), ("p{Lu}", .uppercase), ("p{Ll}", .lowercase),
      ("p{Lt}", .titlecase), ("p{Lm}", .modifierLetter), ("p{Lo}", .otherLetter),
    ]
    for (text, kinds) in known where rest.starts(with: text.unicodeScalars) {
      rest.removeFirst(text.unicodeScalars.count)
      return kinds
    }
    return nil
  }

  private static func members(
    readingFrom rest: inout Substring.UnicodeScalarView
  ) -> (CharacterClass, [ClosedRange<UInt32>])? {
    // Complements, nested brackets and intersections are other patterns' business.
    guard let first = rest.first, first != "^", first != "]" else { return nil }
    var kinds: CharacterClass = []
    var ranges: [ClosedRange<UInt32>] = []
    while let next = rest.first {
      if next == "]" {
        rest.removeFirst()
        return (kinds, ranges)
      }
      var escape = rest.dropFirst()
      if next == "\\", let named = classes(readingFrom: &escape) {
        kinds.formUnion(named)
        rest = escape
        continue
      }
      guard let lower = character(readingFrom: &rest) else { return nil }
      var upper = lower
      let isRange = rest.first == "-" && rest.dropFirst().first != "]"
      if isRange {
        rest.removeFirst()
        guard let end = character(readingFrom: &rest), end >= lower else { return nil }
        upper = end
      }
      ranges.append(lower...upper)
    }
    return nil
  }

  /// A character in brackets: itself, or escaped.
  private static func character(
    readingFrom rest: inout Substring.UnicodeScalarView
  ) -> UInt32? {
    guard let next = rest.popFirst() else { return nil }
    switch next {
    case "[", "&": return nil
    case "\\":
      guard let escaped = rest.popFirst() else { return nil }
      switch escaped {
      case "r": return 0x0D
      case "n": return 0x0A
      case "t": return 0x09
      // A backslash before a letter or a digit means something else.
      case "!"..."/", ":"..."@", "["..."`", "{"..."~": return escaped.value
      default: return nil
      }
    default: return next.value
    }
  }
}
