/// `added_tokens` of `tokenizer.json`.
struct AddedTokenList {
  /// Tokens found in the text before it would be normalised.
  private(set) var first = AddedTokens()
  /// Tokens found in what is left.
  private(set) var later = AddedTokens()
  /// Tokens that a reader of the decoded text may want left out.
  private(set) var specialIDs = Set<Int32>()
  /// The text that each id stands for: normalised where the token is looked for in such text.
  private(set) var texts: [Int32: String] = [:]
  /// The id of every token, by its text in the file.
  private(set) var ids: [ExactText: Int32] = [:]

  /// Reads the list, giving ids as the library does: the vocabulary's, else the next free one.
  init(_ root: TokenizerPart, vocabulary: Vocabulary, normalizer: Normalizer)
    throws(CheckpointError)
  {
    var next = Int32(vocabulary.ids.count)
    for part in try root.optional("added_tokens")?.elements() ?? [] {
      try part.allow([
        "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special",
      ])
      for key in ["single_word", "lstrip", "rstrip"] where try part.member(key).bool() {
        throw try part.member(key).unsupported("false")
      }
      let content = try part.member("content").text()
      guard !content.isEmpty else { continue }
      let key = ExactText(content)
      let id = vocabulary.ids[key] ?? ids[key] ?? next
      next = max(next, id + 1)
      ids[key] = id
      if try part.member("special").bool() { specialIDs.insert(id) }
      let isNormalized = try part.member("normalized").bool()
      let text = isNormalized ? normalizer.apply(content) : content
      texts[id] = text
      if isNormalized { later.add(text, id: id) } else { first.add(text, id: id) }
    }
  }
}
