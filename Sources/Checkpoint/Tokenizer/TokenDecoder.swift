/// How tokens become text again: `decoder` of `tokenizer.json`.
enum TokenDecoder: Sendable {
  /// Tokens are bytes, written as characters.
  case byteLevel
  /// What is done to the list of the tokens' texts, in order; they are put together at the end.
  case steps([Step])

  /// One decoder of `tokenizer.json`.
  enum Step: Sendable {
    /// Writes one text for another.
    case replace([UInt8], [UInt8])
    /// Makes bytes of tokens such as `<0x0A>`, text where those in a row are UTF-8.
    case byteFallback
    /// Puts all tokens together.
    case fuse
    /// Takes a character away at the start and at the end, at most so many times.
    case strip([UInt8], start: Int, end: Int)
    /// Writes a space for a visible character; not at the start, if one was put in there.
    case metaspace([UInt8], dropsFirst: Bool)
  }

  private static let supported =
    "ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace, a Sequence of them"

  /// Reads `decoder`; other kinds are refused by name.
  init(_ part: TokenizerPart) throws(CheckpointError) {
    guard part.type != "ByteLevel" else {
      self = .byteLevel
      return
    }
    guard part.type == "Sequence" else {
      self = .steps([try Step(part, supported: Self.supported)])
      return
    }
    try part.allow(["type", "decoders"])
    let parts = try part.member("decoders").elements()
    guard parts.count != 1 || parts[0].type != "ByteLevel" else {
      self = .byteLevel
      return
    }
    var steps: [Step] = []
    for part in parts { steps.append(try Step(part, supported: Self.supported)) }
    self = .steps(steps)
  }
}

extension TokenDecoder.Step {
  fileprivate init(_ part: TokenizerPart, supported: String) throws(CheckpointError) {
    switch part.type {
    case "Replace":
      let (pattern, content) = try part.replacement()
      self = .replace(pattern, content)
    case "ByteFallback": self = .byteFallback
    case "Fuse": self = .fuse
    case "Strip":
      try part.allow(["type", "content", "start", "stop"])
      let content = Array(try part.member("content").text().utf8)
      self = .strip(
        content, start: try part.member("start").count(), end: try part.member("stop").count())
    case "Metaspace":
      let metaspace = try Metaspace(part)
      self = .metaspace(metaspace.replacement, dropsFirst: metaspace.prependScheme != .never)
    default: throw part.unsupported(supported)
    }
  }

  /// The texts of tokens after this step.
  func apply(_ tokens: [[UInt8]]) -> [[UInt8]] {
    switch self {
    case .replace(let pattern, let content):
      return tokens.map { $0.replacing(pattern, with: content) }
    case .byteFallback: return Self.bytesAsText(tokens)
    case .fuse: return [Array(tokens.joined())]
    case .strip(let content, let start, let end):
      return tokens.map { Self.strip($0, content, start: start, end: end) }
    case .metaspace(let mark, let dropsFirst):
      return tokens.enumerated().map { index, token in
        token.replacing(mark, with: index == 0 && dropsFirst ? [] : [UInt8(ascii: " ")])
      }
    }
  }

  private static func bytesAsText(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var bytes: [UInt8] = []
    func flush() {
      guard !bytes.isEmpty else { return }
      // Bytes that are no text become one replacement character each.
      let isText = String(validating: bytes, as: UTF8.self) != nil
      let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]
      if isText {
        result.append(bytes)
      } else {
        result += Array(repeating: replacement, count: bytes.count)
      }
      bytes = []
    }
    for token in tokens {
      if let byte = byte(token) {
        bytes.append(byte)
      } else {
        flush()
        result.append(token)
      }
    }
    flush()
    return result
  }

  /// The byte that a token such as `<0x0A>` stands for.
  static func byte(_ token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: [0x3C, 0x30, 0x78]), token[5] == 0x3E else {
      return nil
    }
    return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
  }

  private static func strip(
    _ token: [UInt8], _ content: [UInt8], start: Int, end: Int
  ) -> [UInt8] {
    guard !content.isEmpty else { return token }
    var rest = token[...]
    for _ in 0..<start where rest.starts(with: content) { rest.removeFirst(content.count) }
    for _ in 0..<end where rest.suffix(content.count).elementsEqual(content) {
      rest.removeLast(content.count)
    }
    return Array(rest)
  }
}

extension TokenizerPart {
  fileprivate func count() throws(CheckpointError) -> Int {
    guard let count = value.integer, (0...1 << 16).contains(count) else {
      throw error(.wrongType(expected: "a small number"))
    }
    return count
  }
}
