/// What patterns ask of a character: its general category, and whether it is white space.
struct CharacterClass: OptionSet, Sendable {
  let rawValue: UInt16

  /// Capital letters, `\p{Lu}`.
  static let uppercase = CharacterClass(rawValue: 1)
  /// Small letters, `\p{Ll}`.
  static let lowercase = CharacterClass(rawValue: 2)
  /// Title-case letters, `\p{Lt}`.
  static let titlecase = CharacterClass(rawValue: 4)
  /// Modifier letters, `\p{Lm}`.
  static let modifierLetter = CharacterClass(rawValue: 8)
  /// Other letters, `\p{Lo}`.
  static let otherLetter = CharacterClass(rawValue: 16)
  /// Marks, `\p{M}`.
  static let mark = CharacterClass(rawValue: 32)
  /// Numbers, `\p{N}`.
  static let number = CharacterClass(rawValue: 64)
  /// Punctuation, `\p{P}`.
  static let punctuation = CharacterClass(rawValue: 128)
  /// Symbols, `\p{S}`.
  static let symbol = CharacterClass(rawValue: 256)
  /// White space, `\s`.
  static let space = CharacterClass(rawValue: 512)
  /// A carriage return or a line feed; both are `space` too.
  static let newline = CharacterClass(rawValue: 1024)

  /// Letters, `\p{L}`.
  static let letter: CharacterClass = [
    .uppercase, .lowercase, .titlecase, .modifierLetter, .otherLetter,
  ]

  /// The version of Unicode that `tokenizers` 0.23 reads patterns with; what later versions added
  /// is in no class there.
  static let unicodeVersion = 16

  /// The classes of a character.
  init(_ scalar: Unicode.Scalar) {
    // Unicode 17 made the pharyngeal fricative `ʕ` a letter without case.
    guard scalar != "\u{295}" else {
      self = .lowercase
      return
    }
    let properties = scalar.properties
    guard (properties.age?.major ?? 0) <= Self.unicodeVersion else {
      self = []
      return
    }
    switch properties.generalCategory {
    case .uppercaseLetter: self = .uppercase
    case .lowercaseLetter: self = .lowercase
    case .titlecaseLetter: self = .titlecase
    case .modifierLetter: self = .modifierLetter
    case .otherLetter: self = .otherLetter
    case .nonspacingMark, .spacingMark, .enclosingMark: self = .mark
    case .decimalNumber, .letterNumber, .otherNumber: self = .number
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      self = .punctuation
    case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: self = .symbol
    case .control, .spaceSeparator, .lineSeparator, .paragraphSeparator:
      self = properties.isWhitespace ? .space : []
    default: self = []
    }
    if scalar == "\r" || scalar == "\n" { insert(.newline) }
  }

  init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// The classes of all characters, as a table for those of the basic plane.
struct CharacterClasses: Sendable {
  /// The table, made once a process.
  static let shared = CharacterClasses()

  private let table: [CharacterClass]

  private init() {
    table = (UInt32(0)..<0x10000).map { Unicode.Scalar($0).map(CharacterClass.init) ?? [] }
  }

  /// The classes of a character.
  @inline(__always)
  subscript(code: UInt32) -> CharacterClass {
    if code < 0x10000 { return table[Int(code)] }
    return Unicode.Scalar(code).map(CharacterClass.init) ?? []
  }

  /// The classes and the length in bytes of the character at `position`; the bytes are UTF-8.
  @inline(__always)
  func of(_ bytes: [UInt8], at position: Int) -> (kind: CharacterClass, length: Int) {
    let (code, length) = bytes.character(at: position)
    return (self[code], length)
  }

  /// The end of the characters that have one of the classes `kinds`, from `start` on.
  @inline(__always)
  func runEnd(
    of kinds: CharacterClass, in bytes: [UInt8], from start: Int, end: Int
  ) -> Int {
    var position = start
    while position < end {
      let next = of(bytes, at: position)
      guard !next.kind.isDisjoint(with: kinds) else { break }
      position += next.length
    }
    return position
  }

  /// The end of the characters that have none of the classes `kinds`, from `start` on.
  @inline(__always)
  func runEnd(
    without kinds: CharacterClass, in bytes: [UInt8], from start: Int, end: Int
  ) -> Int {
    var position = start
    while position < end {
      let next = of(bytes, at: position)
      guard next.kind.isDisjoint(with: kinds) else { break }
      position += next.length
    }
    return position
  }

  /// The end of a run of numbers that starts at `start`, of at most `longest` characters.
  @inline(__always)
  func numberEnd(in bytes: [UInt8], from start: Int, end: Int, longest: Int) -> Int {
    var position = start
    var count = 0
    while position < end, count < longest {
      let next = of(bytes, at: position)
      guard next.kind.contains(.number) else { break }
      position += next.length
      count += 1
    }
    return position
  }
}

extension [UInt8] {
  /// The code and the length in bytes of the character at `position`; the bytes are UTF-8.
  @inline(__always)
  func character(at position: Int) -> (code: UInt32, length: Int) {
    let first = UInt32(self[position])
    if first < 0x80 { return (first, 1) }
    if first < 0xE0 { return ((first & 0x1F) << 6 | low(position + 1), 2) }
    if first < 0xF0 {
      return ((first & 0x0F) << 12 | low(position + 1) << 6 | low(position + 2), 3)
    }
    let upper = (first & 0x07) << 18 | low(position + 1) << 12
    return (upper | low(position + 2) << 6 | low(position + 3), 4)
  }

  @inline(__always)
  private func low(_ position: Int) -> UInt32 { UInt32(self[position] & 0x3F) }

  /// Whether the character at `position` is a number in the newest Unicode, as `Digits` asks.
  @inline(__always)
  func isNumber(at position: Int) -> (isNumber: Bool, length: Int) {
    let (code, length) = character(at: position)
    if code < 0x80 { return (code >= 0x30 && code <= 0x39, 1) }
    return (Unicode.Scalar(code).map(\.isNumber) ?? false, length)
  }
}

extension Unicode.Scalar {
  fileprivate var isNumber: Bool {
    switch properties.generalCategory {
    case .decimalNumber, .letterNumber, .otherNumber: true
    default: false
    }
  }
}
