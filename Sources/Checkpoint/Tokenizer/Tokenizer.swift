/// Text to tokens and back, exactly as the `tokenizers` library does it for BPE, over bytes or, as
/// sentencepiece does it, over characters.
///
/// What a `tokenizer.json` asks for and this type does not do is refused when it is read, by name.
public struct Tokenizer: Sendable {
  /// One more than the largest id.
  public let vocabularySize: Int
  /// The token that ends a text, if the folder says which it is.
  public internal(set) var endOfText: Int32?
  /// The token that begins a text, if the folder says which it is.
  public internal(set) var beginningOfText: Int32?

  let vocabulary: Vocabulary
  let normalizer: Normalizer
  let preTokenizer: PreTokenizer
  /// Found in the whole text, then the others in what is left.
  let firstTokens: AddedTokens
  let laterTokens: AddedTokens
  let template: TokenTemplate
  private let decoder: TokenDecoder
  private let specialIDs: Set<Int32>
  /// What each id stands for: bytes, or the token's text for the decoder's steps; `nil` for an id
  /// that no token has.
  private let bytesOfToken: [[UInt8]?]
  private let idOfContent: [ExactText: Int32]

  /// Reads a `tokenizer.json`.
  public init(file path: String) throws(CheckpointError) {
    let mapped = try MappedFile(path: path)
    try self.init(file: path, bytes: mapped.copy(of: 0..<mapped.count))
  }

  init(file path: String, bytes: [UInt8]) throws(CheckpointError) {
    let json = try JSONParser.parse(bytes, file: path)
    let root = TokenizerPart(file: path, path: "", value: json)
    guard json.members != nil else {
      throw .json(file: path, byte: 0, reason: "expected an object")
    }
    for key in ["truncation", "padding"] {
      if let part = root.optional(key) { throw part.unsupported("null") }
    }
    let normalizer = try Normalizer(root.optional("normalizer"))
    let preTokenizer = try PreTokenizer(root.optional("pre_tokenizer"))
    let template = try TokenTemplate(root.optional("post_processor"))
    let decoder = try TokenDecoder(root.nullable("decoder"))
    let vocabulary = try Vocabulary(root.member("model"), isByteLevel: preTokenizer.isByteLevel)
    let added = try AddedTokenList(root, vocabulary: vocabulary, normalizer: normalizer)
    self.init(
      normalizer: normalizer, preTokenizer: preTokenizer, template: template, decoder: decoder,
      vocabulary: vocabulary, added: added)
  }

  /// Puts a tokenizer together.
  init(
    normalizer: Normalizer, preTokenizer: PreTokenizer, template: TokenTemplate,
    decoder: TokenDecoder, vocabulary: Vocabulary, added: AddedTokenList
  ) {
    self.normalizer = normalizer
    self.preTokenizer = preTokenizer
    self.template = template
    self.decoder = decoder
    self.vocabulary = vocabulary
    (firstTokens, laterTokens, specialIDs) = (added.first, added.later, added.specialIDs)
    idOfContent = vocabulary.ids.merging(added.ids) { $1 }
    vocabularySize = Int(idOfContent.values.max() ?? -1) + 1
    var table = [[UInt8]?](repeating: nil, count: vocabularySize)
    for (token, id) in vocabulary.ids { table[Int(id)] = decoder.stored(token.text) }
    for (id, text) in added.texts { table[Int(id)] = decoder.stored(text) }
    bytesOfToken = table
  }

  /// The id of a token's text, as the file spells it: in the byte-level alphabet, or with `▁`.
  public func id(of token: String) -> Int32? { idOfContent[ExactText(token)] }
}

// MARK: - Decoding

extension Tokenizer {
  /// The text of tokens; ids that no token has are left out, bytes that are not UTF-8 become U+FFFD.
  public func decode(_ ids: some Sequence<Int32>, skippingSpecialTokens: Bool = false) -> String {
    let tokens = tokens(of: ids, skippingSpecialTokens: skippingSpecialTokens)
    let text = decoder.text(of: tokens)
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of tokens, which may end within a character: for text that arrives in parts.
  public func bytes(
    of ids: some Sequence<Int32>, skippingSpecialTokens: Bool = false
  ) -> [UInt8] {
    decoder.bytes(of: tokens(of: ids, skippingSpecialTokens: skippingSpecialTokens))
  }

  private func tokens(
    of ids: some Sequence<Int32>, skippingSpecialTokens: Bool
  ) -> [[UInt8]] {
    ids.compactMap { id in
      guard id >= 0, id < vocabularySize else { return nil }
      return skippingSpecialTokens && specialIDs.contains(id) ? nil : bytesOfToken[Int(id)]
    }
  }
}

extension TokenDecoder {
  /// What is kept of a token.
  ///
  /// Of those with a character of no byte, `ByteLevel` takes their own text.
  fileprivate func stored(_ token: String) -> [UInt8] {
    guard case .byteLevel = self else { return Array(token.utf8) }
    return ByteLevelAlphabet.bytes(of: token) ?? Array(token.utf8)
  }

  fileprivate func text(of tokens: [[UInt8]]) -> [UInt8] {
    guard case .steps(let steps) = self else { return Array(tokens.joined()) }
    return Array(steps.reduce(tokens) { $1.apply($0) }.joined())
  }

  /// As `text`, but with the bytes that tokens such as `<0xE2>` stand for, text or not.
  fileprivate func bytes(of tokens: [[UInt8]]) -> [UInt8] {
    guard case .steps(let steps) = self else { return Array(tokens.joined()) }
    let result = steps.reduce(tokens) { tokens, step in
      guard case .byteFallback = step else { return step.apply(tokens) }
      return tokens.map { Step.byte($0).map { [$0] } ?? $0 }
    }
    return Array(result.joined())
  }
}
