/// The tokens put before and after every text: `post_processor` of `tokenizer.json`.
struct TokenTemplate: Sendable {
  /// Tokens put before a text.
  private(set) var prefix: [Int32] = []
  /// Tokens put after it.
  private(set) var suffix: [Int32] = []

  /// Tokens put around every text.
  init(prefix: [Int32], suffix: [Int32]) { (self.prefix, self.suffix) = (prefix, suffix) }

  /// Reads `post_processor`; kinds other than templates are refused by name.
  init(_ part: TokenizerPart?) throws(CheckpointError) {
    if let part { try append(part) }
  }

  private mutating func append(_ part: TokenizerPart) throws(CheckpointError) {
    switch part.type {
    // It only moves offsets, which are not reported here.
    case "ByteLevel": return
    case "Sequence":
      try part.allow(["type", "processors"])
      for part in try part.member("processors").elements() { try append(part) }
    case "TemplateProcessing": try appendTemplate(part)
    default: throw part.unsupported("null, ByteLevel, TemplateProcessing, a Sequence of them")
    }
  }

  private mutating func appendTemplate(_ part: TokenizerPart) throws(CheckpointError) {
    try part.allow(["type", "single", "pair", "special_tokens"])
    var before: [Int32] = []
    var after: [Int32] = []
    var isAfter = false
    for piece in try part.member("single").elements() {
      if let token = piece.optional("SpecialToken") {
        let ids = try Self.ids(of: try token.member("id").text(), part)
        if isAfter { after += ids } else { before += ids }
      } else {
        guard try piece.member("Sequence").member("id").text() == "A", !isAfter else {
          throw piece.error(.invalid("is not the text alone, once"))
        }
        isAfter = true
      }
    }
    guard isAfter else { throw try part.member("single").error(.invalid("lacks the text")) }
    // A later template goes around what an earlier one made.
    (prefix, suffix) = (before + prefix, suffix + after)
  }

  private static func ids(
    of token: String, _ part: TokenizerPart
  ) throws(CheckpointError) -> [Int32] {
    let tokens = try part.member("special_tokens")
    // By members: a token's text may be anything, paths are for messages.
    guard let entry = try tokens.members().last(where: { $0.key == token }),
      let ids = entry.value["ids"]?.elements
    else { throw tokens.error(.invalid("lacks \(token.quoted)")) }
    var result: [Int32] = []
    for id in ids {
      guard let id = id.integer, (0..<1 << 24).contains(id) else {
        throw tokens.error(.invalid("has no valid id for token \(token.quoted)"))
      }
      result.append(Int32(id))
    }
    return result
  }
}
