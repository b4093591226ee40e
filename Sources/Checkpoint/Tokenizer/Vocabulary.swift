/// The model of `tokenizer.json`: BPE's tokens and merges.
struct Vocabulary: Sendable {
  /// Largest id read: a mistyped id must not make a table of gigabytes.
  private static let largestID = 1 << 24

  /// The id of every token, by its text in the file.
  let ids: [ExactText: Int32]
  /// The merges.
  let merges: BytePairMerges
  /// Tokens by their bytes, where whole pieces are looked up before merging.
  let wholePieces: [[UInt8]: Int32]?
  /// Whether a piece can be cut before each `▁` that follows another character: no merge reaches
  /// over that place, so the tokens are the same, and short pieces repeat.
  let mayCutAtSpaces: Bool

  /// Puts a vocabulary together; `crossesSpaces` says that a merge makes a token with a `▁` after
  /// another character.
  init(
    ids: [ExactText: Int32], symbols: Symbols, table: MergeTable, crossesSpaces: Bool,
    wholePieces: [[UInt8]: Int32]? = nil
  ) {
    self.ids = ids
    self.wholePieces = wholePieces
    merges = BytePairMerges(symbols: symbols, table: table)
    // A character that leaves nothing would let what is around it meet.
    var keepsCharacters = false
    if case .characters(let characters) = symbols { keepsCharacters = !characters.dropsCharacters }
    mayCutAtSpaces =
      keepsCharacters && wholePieces == nil && !crossesSpaces && ids[ExactText("▁")] != nil
  }

  /// `▁` in UTF-8, which stands for a space.
  static let spaceMark: [UInt8] = [0xE2, 0x96, 0x81]

  /// Reads `model`; settings that would have to be imitated are refused by name.
  ///
  /// `isByteLevel` says that symbols are bytes.
  init(_ part: TokenizerPart, isByteLevel: Bool) throws(CheckpointError) {
    // Files of older versions do not say the type; only BPE has merges.
    guard part.type == "BPE" || (part.value["type"] == nil && part.value["merges"] != nil) else {
      throw part.unsupported("BPE")
    }
    try Self.refuseOptions(part)
    let ids = try Self.ids(part.member("vocab"))
    let symbols: Symbols
    if isByteLevel {
      symbols = try Self.bytes(part, ids)
    } else {
      symbols = .characters(try Self.characters(part, ids))
    }
    let (table, crossesSpaces) = try Self.merges(part.member("merges"), ids)
    let ignoresMerges = try part.optional("ignore_merges")?.bool() ?? false
    self.init(
      ids: ids, symbols: symbols, table: table, crossesSpaces: crossesSpaces,
      wholePieces: ignoresMerges ? Self.tokensByBytes(ids, isByteLevel: isByteLevel) : nil)
  }

  private static func refuseOptions(_ part: TokenizerPart) throws(CheckpointError) {
    try part.allow([
      "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
      "byte_fallback", "ignore_merges", "vocab", "merges",
    ])
    for key in ["dropout", "continuing_subword_prefix", "end_of_word_suffix"] {
      guard let option = part.optional(key), option.value != .string("") else { continue }
      throw option.unsupported("null")
    }
  }

  private static func bytes(
    _ part: TokenizerPart, _ ids: [ExactText: Int32]
  ) throws(CheckpointError) -> Symbols {
    let tokenOfByte = ByteLevelAlphabet.scalars.map { ids[ExactText(String($0))] ?? -1 }
    // With a token for every byte nothing is ever unknown, so these settings have no effect.
    if tokenOfByte.contains(-1) {
      for key in ["unk_token", "byte_fallback"] {
        guard let option = part.optional(key), option.value != .bool(false) else { continue }
        throw option.unsupported("null or false, unless the vocabulary has all 256 bytes")
      }
    }
    return .bytes(tokenOfByte)
  }

  private static func characters(
    _ part: TokenizerPart, _ ids: [ExactText: Int32]
  ) throws(CheckpointError) -> CharacterSymbols {
    var unknown: Int32?
    if let option = part.optional("unk_token") {
      unknown = ids[ExactText(try option.text())]
      if unknown == nil {
        throw option.error(.invalid("\(option.value.kind) is no token of the vocabulary"))
      }
    }
    return CharacterSymbols(
      ids, byteFallback: try part.optional("byte_fallback")?.bool() ?? false, unknown: unknown,
      fusesUnknown: try part.optional("fuse_unk")?.bool() ?? false)
  }

  private static func ids(_ part: TokenizerPart) throws(CheckpointError) -> [ExactText: Int32] {
    let members = try part.members()
    var ids: [ExactText: Int32] = Dictionary(minimumCapacity: members.count)
    for member in members {
      guard let id = member.value.integer, (0...largestID).contains(id) else {
        throw part.error(.invalid("has no valid id for token \(member.key.quoted)"))
      }
      ids[ExactText(member.key)] = Int32(id)
    }
    guard Set(ids.values).count == ids.count else {
      throw part.error(.invalid("gives one id to two tokens"))
    }
    return ids
  }

  static func tokensByBytes(
    _ ids: [ExactText: Int32], isByteLevel: Bool
  ) -> [[UInt8]: Int32] {
    var tokens: [[UInt8]: Int32] = Dictionary(minimumCapacity: ids.count)
    for (token, id) in ids {
      let bytes = isByteLevel ? ByteLevelAlphabet.bytes(of: token.text) : Array(token.text.utf8)
      if let bytes { tokens[bytes] = id }
    }
    return tokens
  }

  /// The table of merges, and whether any makes a token with a `▁` after another character.
  private static func merges(
    _ part: TokenizerPart, _ ids: [ExactText: Int32]
  ) throws(CheckpointError) -> (MergeTable, crossesSpaces: Bool) {
    let elements = try part.elementValues()
    var table = MergeTable(capacity: elements.count)
    var crossesSpaces = false
    var rank: UInt32 = 0
    for element in elements where element.text?.hasPrefix("#version") != true {
      guard let (left, right) = pair(element) else {
        throw part.error(.invalid("has an entry that is no pair of tokens: \(element.kind)"))
      }
      guard let first = ids[ExactText(left)], let second = ids[ExactText(right)],
        let token = ids[ExactText(left + right)]
      else {
        throw part.error(
          .invalid("merges \(left.quoted) and \(right.quoted), which the vocabulary lacks"))
      }
      if right.unicodeScalars.first == "▁", left.unicodeScalars.last != "▁" {
        crossesSpaces = true
      }
      table[first, second] = MergeTable.Merge(rank: rank, token: token)
      rank += 1
    }
    return (table, crossesSpaces)
  }

  /// The two tokens of a merge, in either spelling: `["a", "b"]` or `"a b"`.
  private static func pair(_ element: JSONValue) -> (String, String)? {
    if let parts = element.elements {
      guard parts.count == 2, let left = parts[0].text, let right = parts[1].text else {
        return nil
      }
      return (left, right)
    }
    // By bytes: a space and a combining mark after it are one character to `String`.
    guard
      let parts = element.text?.utf8.split(
        separator: UInt8(ascii: " "), omittingEmptySubsequences: false), parts.count == 2
    else { return nil }
    return (String(Substring(parts[0])), String(Substring(parts[1])))
  }
}
