/// The classes of characters that GPT-2's pattern tells apart.
enum ScalarClass: UInt8 {
  /// `\p{L}`
  case letter
  /// `\p{N}`
  case number
  /// `\s`
  case space
  /// Everything else.
  case other

  /// The version of Unicode that `tokenizers` 0.23 reads the pattern with; what later versions
  /// added is `other` there.
  private static let unicodeVersion = 16

  /// The class of a character.
  init(_ scalar: Unicode.Scalar) {
    guard (scalar.properties.age?.major ?? 0) <= Self.unicodeVersion else {
      self = .other
      return
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      self = .letter
    case .decimalNumber, .letterNumber, .otherNumber: self = .number
    case .control, .spaceSeparator, .lineSeparator, .paragraphSeparator:
      self = scalar.properties.isWhitespace ? .space : .other
    default: self = .other
    }
  }

  /// The classes of the ASCII characters.
  static let ascii = (0..<128).map { ScalarClass(Unicode.Scalar($0)) }
}

extension [UInt8] {
  /// The class and the length in bytes of the character at `position`; the bytes are UTF-8.
  @inline(__always)
  func scalarClass(at position: Int, ascii: [ScalarClass]) -> (kind: ScalarClass, length: Int) {
    let first = self[position]
    if first < 0x80 { return (ascii[Int(first)], 1) }
    return longScalarClass(at: position)
  }

  /// Whether the character at `position` is a number in the newest Unicode, as `Digits` asks.
  @inline(__always)
  func isNumber(at position: Int) -> (isNumber: Bool, length: Int) {
    let first = self[position]
    if first < 0x80 { return (first >= 0x30 && first <= 0x39, 1) }
    let (scalar, length) = longScalar(at: position)
    return (scalar.map(\.isNumber) ?? false, length)
  }

  private func longScalarClass(at position: Int) -> (kind: ScalarClass, length: Int) {
    let (scalar, length) = longScalar(at: position)
    return (scalar.map(ScalarClass.init) ?? .other, length)
  }

  private func longScalar(at position: Int) -> (scalar: Unicode.Scalar?, length: Int) {
    let first = self[position]
    let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    var code = UInt32(first) & (0x7F >> UInt32(length))
    for byte in self[(position + 1)..<(position + length)] {
      code = code << 6 | UInt32(byte & 0x3F)
    }
    return (Unicode.Scalar(code), length)
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
