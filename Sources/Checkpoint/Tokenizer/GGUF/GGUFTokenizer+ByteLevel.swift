/// Byte-level BPE: `tokenizer.ggml.model` is `gpt2`.
extension GGUFTokenizer {
  func byteLevel() throws(CheckpointError) -> Tokenizer {
    let key = Self.key("pre")
    guard let name = try metadata.text(key) else { throw metadata.error(key, .missing) }
    guard let named = NamedPreTokenizer(name) else {
      let supported = NamedPreTokenizer.names.joined(separator: ", ")
      throw metadata.error(key, .unsupported(value: "\"\(name)\"", supported: supported))
    }
    // Control tokens take part too: some vocabularies merge to them.
    let ids = ids { $0 != .unused && $0 != .userDefined }
    let symbols = Symbols.bytes(
      ByteLevelAlphabet.scalars.map { ids[ExactText(String($0))] ?? -1 })
    let wholePieces =
      named.ignoresMerges
      ? Vocabulary.tokensByBytes(self.ids { $0 == .normal }, isByteLevel: true) : nil
    let vocabulary = Vocabulary(
      ids: ids, symbols: symbols, table: try mergeTable(ids), crossesSpaces: false,
      wholePieces: wholePieces)
    return Tokenizer(
      normalizer: Normalizer(steps: named.isComposed ? [.canonicalComposition] : []),
      preTokenizer: PreTokenizer(steps: named.steps),
      template: try template(startsText: named.startsText), decoder: .byteLevel,
      vocabulary: vocabulary, added: addedTokens)
  }

  private func mergeTable(_ ids: [ExactText: Int32]) throws(CheckpointError) -> MergeTable {
    let key = Self.key("merges")
    guard let merges = try metadata.texts(key) else { throw metadata.error(key, .missing) }
    // Tokens that a person adds may be merged to as well.
    let added = self.ids { $0 == .userDefined }
    func id(_ text: some StringProtocol) -> Int32? {
      let text = ExactText(text)
      return ids[text] ?? added[text]
    }
    var table = MergeTable(capacity: merges.count)
    for (rank, merge) in merges.enumerated() {
      // By bytes: a space and a combining mark after it are one character to `String`.
      let parts = merge.utf8.split(separator: UInt8(ascii: " "))
      guard parts.count == 2 else {
        throw metadata.error(
          key, .wrongType(expected: "pairs of tokens", found: merge.quoted))
      }
      let (left, right) = (Substring(parts[0]), Substring(parts[1]))
      guard let first = id(left), let second = id(right), let token = id(left + right) else {
        let found = "\(merge.quoted), which tokenizer.ggml.tokens lacks"
        throw metadata.error(key, .wrongType(expected: "pairs of tokens", found: found))
      }
      table[first, second] = MergeTable.Merge(rank: UInt32(rank), token: token)
    }
    return table
  }
}
