/// The model of `tokenizer.json`: byte-level BPE's tokens and merges.
struct Vocabulary: Sendable {
  /// Largest id read: a mistyped id must not make a table of gigabytes.
  private static let largestID = 1 << 24

  /// The id of every token, by its text in the byte-level alphabet.
  let ids: [ExactText: Int32]
  /// The merges.
  let merges: BytePairMerges
  /// Tokens by their bytes, where whole pieces are looked up before merging.
  let wholePieces: [[UInt8]: Int32]?

  /// Reads `model`; settings that would have to be imitated are refused by name.
  init(_ part: TokenizerPart) throws(CheckpointError) {
    // Files of older versions do not say the type; only BPE has merges.
    guard part.type == "BPE" || (part.value["type"] == nil && part.value["merges"] != nil) else {
      throw part.unsupported("BPE")
    }
    try Self.refuseOptions(part)
    ids = try Self.ids(part.member("vocab"))
    let tokenOfByte = ByteLevelAlphabet.scalars.map { [ids] in ids[ExactText(String($0))] ?? -1 }
    // With a token for every byte nothing is ever unknown, so these settings have no effect.
    if tokenOfByte.contains(-1) {
      for key in ["unk_token", "byte_fallback"] {
        guard let option = part.optional(key), option.value != .bool(false) else { continue }
        throw option.unsupported("null or false, unless the vocabulary has all 256 bytes")
      }
    }
    merges = BytePairMerges(
      tokenOfByte: tokenOfByte, merges: try Self.merges(part.member("merges"), ids))
    let ignoresMerges = try part.optional("ignore_merges")?.bool() ?? false
    wholePieces = ignoresMerges ? Self.tokensByBytes(ids) : nil
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

  private static func ids(_ part: TokenizerPart) throws(CheckpointError) -> [ExactText: Int32] {
    var ids: [ExactText: Int32] = [:]
    for member in try part.members() {
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

  private static func tokensByBytes(_ ids: [ExactText: Int32]) -> [[UInt8]: Int32] {
    var tokens: [[UInt8]: Int32] = [:]
    for (token, id) in ids {
      if let bytes = ByteLevelAlphabet.bytes(of: token.text) { tokens[bytes] = id }
    }
    return tokens
  }

  private static func merges(
    _ part: TokenizerPart, _ ids: [ExactText: Int32]
  ) throws(CheckpointError) -> [UInt64: BytePairMerges.Merge] {
    guard let elements = part.value.elements else {
      throw part.error(.wrongType(expected: "a list"))
    }
    var merges: [UInt64: BytePairMerges.Merge] = [:]
    merges.reserveCapacity(elements.count)
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
      merges[BytePairMerges.key(first, second)] = .init(rank: rank, token: token)
      rank += 1
    }
    return merges
  }

  /// The two tokens of a merge, in either spelling: `["a", "b"]` or `"a b"`.
  private static func pair(_ element: JSONValue) -> (String, String)? {
    if let parts = element.elements {
      guard parts.count == 2, let left = parts[0].text, let right = parts[1].text else {
        return nil
      }
      return (left, right)
    }
    guard let parts = element.text?.split(separator: " ", omittingEmptySubsequences: false),
      parts.count == 2
    else { return nil }
    return (String(parts[0]), String(parts[1]))
  }
}
