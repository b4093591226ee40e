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
    var plain: [(token: AddedTokens.Token, isNormalized: Bool)] = []
    for part in try root.optional("added_tokens")?.elements() ?? [] {
      try part.allow([
        "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special",
      ])
      let content = try part.member("content").text()
      guard !content.isEmpty else { continue }
      let key = ExactText(content)
      let id = vocabulary.ids[key] ?? ids[key] ?? next
      next = max(next, id + 1)
      ids[key] = id
      let isNormalized = try part.member("normalized").bool()
      let text = isNormalized ? normalizer.apply(content) : content
      texts[id] = text
      let token = AddedTokens.Token(
        content: Array(text.utf8), id: id, isSingleWord: try part.member("single_word").bool(),
        stripsLeft: try part.member("lstrip").bool(), stripsRight: try part.member("rstrip").bool())
      guard try part.member("special").bool() else {
        plain.append((token, isNormalized))
        continue
      }
      specialIDs.insert(id)
      add(token, isNormalized)
    }
    // Special ones go first where two have the same text.
    for (token, isNormalized) in plain { add(token, isNormalized) }
  }

  /// An empty list.
  init() {}

  /// Adds a token that is looked for in the text as it stands; where two have the same text, the
  /// first is found.
  mutating func add(_ text: String, id: Int32, isSpecial: Bool) {
    guard !text.isEmpty else { return }
    if ids[ExactText(text)] == nil { ids[ExactText(text)] = id }
    texts[id] = text
    if isSpecial { specialIDs.insert(id) }
    add(AddedTokens.Token(content: Array(text.utf8), id: id), false)
  }

  private mutating func add(_ token: AddedTokens.Token, _ isNormalized: Bool) {
    if isNormalized { later.add(token) } else { first.add(token) }
  }
}
