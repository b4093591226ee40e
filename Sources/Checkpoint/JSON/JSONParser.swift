/// Reads JSON (RFC 8259) from bytes: strict, without recursion deeper than `maximumDepth`, and
/// quick enough for a header of ten thousand tensors (JSONDecoder takes several times as long).
struct JSONParser {
  private static let maximumDepth = 64

  private let file: String
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  /// The value that `bytes` hold; `file` is for the message when they do not hold one.
  static func parse(_ bytes: [UInt8], file: String) throws(CheckpointError) -> JSONValue {
    var parser = JSONParser(file: file, bytes: bytes)
    let value = try parser.value()
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error("text after the end") }
    return value
  }

  private init(file: String, bytes: [UInt8]) {
    self.file = file
    self.bytes = bytes
  }

  private func error(_ reason: String) -> CheckpointError {
    .json(file: file, byte: position, reason: reason)
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  /// The next byte that is no white space, or 0 at the end.
  private mutating func peek() -> UInt8 {
    skipSpace()
    return position < bytes.count ? bytes[position] : 0
  }

  private mutating func expect(_ byte: UInt8) throws(CheckpointError) {
    guard peek() == byte else {
      throw error("expected '\(Character(Unicode.Scalar(byte)))'\(foundInstead)")
    }
    position += 1
  }

  private var foundInstead: String { position < bytes.count ? "" : " but the text ends" }

  private mutating func value() throws(CheckpointError) -> JSONValue {
    switch peek() {
    case UInt8(ascii: "{"):
      return try nested { (parser) throws(CheckpointError) in
        .object(try parser.members())
      }
    case UInt8(ascii: "["):
      return try nested { (parser) throws(CheckpointError) in
        .array(try parser.elements())
      }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw error("expected a value\(foundInstead)")
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(CheckpointError) -> JSONValue
  ) throws(CheckpointError) -> JSONValue {
    guard depth < Self.maximumDepth else { throw error("nested too deeply") }
    depth += 1
    defer { depth -= 1 }
    position += 1
    return try body(&self)
  }

  private mutating func members() throws(CheckpointError) -> [JSONValue.Member] {
    var members: [JSONValue.Member] = []
    guard peek() != UInt8(ascii: "}") else {
      position += 1
      return members
    }
    while true {
      skipSpace()
      let key = try string()
      try expect(UInt8(ascii: ":"))
      members.append(JSONValue.Member(key: key, value: try value()))
      guard peek() == UInt8(ascii: ",") else { break }
      position += 1
    }
    try expect(UInt8(ascii: "}"))
    return members
  }

  private mutating func elements() throws(CheckpointError) -> [JSONValue] {
    var elements: [JSONValue] = []
    guard peek() != UInt8(ascii: "]") else {
      position += 1
      return elements
    }
    while true {
      elements.append(try value())
      guard peek() == UInt8(ascii: ",") else { break }
      position += 1
    }
    try expect(UInt8(ascii: "]"))
    return elements
  }

  private mutating func word(
    _ word: StaticString, _ value: JSONValue
  ) throws(CheckpointError) -> JSONValue {
    for byte in word.description.utf8 {
      guard position < bytes.count, bytes[position] == byte else {
        throw error("expected \(word)")
      }
      position += 1
    }
    return value
  }
}

// MARK: - Numbers

extension JSONParser {
  private mutating func number() throws(CheckpointError) -> JSONValue {
    let start = position
    var isInteger = true
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    let firstDigit = position
    let whole = skipDigits()
    guard whole > 0, whole == 1 || bytes[firstDigit] != UInt8(ascii: "0") else {
      throw error("expected a number without leading zeros")
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      guard skipDigits() > 0 else { throw error("expected digits after the point") }
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position += 1
      if position < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[position]) {
        position += 1
      }
      guard skipDigits() > 0 else { throw error("expected digits in the exponent") }
    }
    return try convert(start..<position, isInteger: isInteger)
  }

  private func convert(
    _ range: Range<Int>, isInteger: Bool
  ) throws(CheckpointError) -> JSONValue {
    let text = String(decoding: bytes[range], as: UTF8.self)
    if isInteger, let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else {
      throw .json(file: file, byte: range.lowerBound, reason: "a number too large to hold")
    }
    return .number(number)
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while position < bytes.count, bytes[position] >= 0x30, bytes[position] <= 0x39 {
      position += 1
    }
    return position - start
  }
}

// MARK: - Texts

extension JSONParser {
  private mutating func string() throws(CheckpointError) -> String {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      throw error("expected a text in quotation marks\(foundInstead)")
    }
    position += 1
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return try validated(bytes[start..<(position - 1)], from: start)
      case UInt8(ascii: "\\"): return try escapedString(from: start)
      case 0..<0x20: throw error("a control character in a text")
      default: position += 1
      }
    }
    throw error("a text without an end")
  }

  private func validated(
    _ bytes: some Sequence<UInt8>, from start: Int
  ) throws(CheckpointError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .json(file: file, byte: start, reason: "a text that is not UTF-8")
    }
    return text
  }

  /// The rest of a text that has an escape at `position`.
  private mutating func escapedString(from start: Int) throws(CheckpointError) -> String {
    var unescaped = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return try validated(unescaped, from: start)
      case UInt8(ascii: "\\"): try appendEscape(to: &unescaped)
      case 0..<0x20: throw error("a control character in a text")
      default: unescaped.append(byte)
      }
    }
    throw error("a text without an end")
  }

  private mutating func appendEscape(to unescaped: inout [UInt8]) throws(CheckpointError) {
    guard position < bytes.count else { throw error("a text without an end") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(byte)
    case UInt8(ascii: "b"): unescaped.append(0x08)
    case UInt8(ascii: "f"): unescaped.append(0x0C)
    case UInt8(ascii: "n"): unescaped.append(0x0A)
    case UInt8(ascii: "r"): unescaped.append(0x0D)
    case UInt8(ascii: "t"): unescaped.append(0x09)
    case UInt8(ascii: "u"): unescaped.append(contentsOf: String(try unicodeEscape()).utf8)
    default: throw error("an unknown escape in a text")
    }
  }

  private mutating func unicodeEscape() throws(CheckpointError) -> Character {
    var code = try fourHexDigits()
    if code >> 10 == 0xD800 >> 10 {
      guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
        bytes[position + 1] == UInt8(ascii: "u")
      else { throw error("half of a surrogate pair in a text") }
      position += 2
      let low = try fourHexDigits()
      guard low >> 10 == 0xDC00 >> 10 else { throw error("half of a surrogate pair in a text") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw error("half of a surrogate pair in a text")
    }
    return Character(scalar)
  }

  private mutating func fourHexDigits() throws(CheckpointError) -> UInt32 {
    guard position + 4 <= bytes.count else { throw error("a text without an end") }
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
        throw error("expected four hex digits after \\u")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
