/// What is done to text before it is cut into pieces: steps, in order.
struct Normalizer: Sendable {
  /// One normalizer of `tokenizer.json`.
  enum Step: Sendable {
    /// Unicode's canonical composition: `e` and a combining acute accent become `é`.
    case canonicalComposition
    /// Puts a text before every other that is not empty.
    case prepend([UInt8])
    /// Writes one text for another.
    case replace([UInt8], [UInt8])
  }

  /// The steps, in order.
  private(set) var steps: [Step] = []

  /// These steps.
  init(steps: [Step]) { self.steps = steps }

  /// Reads `normalizer`; other kinds are refused by name.
  init(_ part: TokenizerPart?) throws(CheckpointError) {
    if let part { try append(part) }
  }

  private mutating func append(_ part: TokenizerPart) throws(CheckpointError) {
    switch part.type {
    case "Sequence":
      try part.allow(["type", "normalizers"])
      for part in try part.member("normalizers").elements() { try append(part) }
    case "NFC": steps.append(.canonicalComposition)
    case "Prepend":
      try part.allow(["type", "prepend"])
      steps.append(.prepend(Array(try part.member("prepend").text().utf8)))
    case "Replace":
      let (pattern, content) = try part.replacement()
      steps.append(.replace(pattern, content))
    default: throw part.unsupported("null, NFC, Prepend, Replace, a Sequence of them")
    }
  }

  /// The text after normalisation.
  func apply(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let (result, range) = apply(bytes, 0..<bytes.count)
    return String(decoding: result[range], as: UTF8.self)
  }

  /// The bytes of a part of a text after normalisation: `bytes` itself where nothing changes.
  func apply(_ bytes: [UInt8], _ range: Range<Int>) -> (bytes: [UInt8], range: Range<Int>) {
    var (bytes, range) = (bytes, range)
    for step in steps where !range.isEmpty { (bytes, range) = step.apply(bytes, range) }
    return (bytes, range)
  }
}

extension Normalizer.Step {
  fileprivate func apply(
    _ bytes: [UInt8], _ range: Range<Int>
  ) -> (bytes: [UInt8], range: Range<Int>) {
    let result: [UInt8]
    switch self {
    case .canonicalComposition:
      guard let composed = CanonicalComposition.apply(bytes, range) else { return (bytes, range) }
      result = composed
    case .prepend(let text): result = text + bytes[range]
    case .replace(let pattern, let content):
      result = bytes[range].replacing(pattern, with: content)
    }
    return (result, 0..<result.count)
  }
}

extension TokenizerPart {
  /// What a `Replace` normalizer or decoder writes for what; patterns of regular expressions are
  /// refused.
  func replacement() throws(CheckpointError) -> (pattern: [UInt8], content: [UInt8]) {
    try allow(["type", "pattern", "content"])
    let pattern = try member("pattern")
    guard let literal = pattern.optional("String") else {
      throw try pattern.member("Regex").unsupported("a pattern that is a String")
    }
    let text = try literal.text()
    guard !text.isEmpty else { throw literal.error(.invalid("is empty")) }
    return (Array(text.utf8), Array(try member("content").text().utf8))
  }
}

extension Sequence<UInt8> where Self: RandomAccessCollection, Index == Int {
  /// The bytes with `content` for every `pattern`, which is not empty.
  func replacing(_ pattern: [UInt8], with content: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count + count / 2)
    var position = startIndex
    while position < endIndex {
      let byte = self[position]
      if byte == pattern[0], pattern.count == 1 || self[position...].starts(with: pattern) {
        result += content
        position += pattern.count
      } else {
        result.append(byte)
        position += 1
      }
    }
    return result
  }
}
