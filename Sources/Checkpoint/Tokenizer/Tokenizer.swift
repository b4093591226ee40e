/// Text to tokens and back, exactly as the `tokenizers` library does it for byte-level BPE.
///
/// What a `tokenizer.json` asks for and this type does not do is refused when it is read, by name.
public struct Tokenizer: Sendable {
  /// One more than the largest id.
  public let vocabularySize: Int
  /// The token that ends a text, if the folder says which it is.
  public internal(set) var endOfText: Int32?

  private let vocabulary: Vocabulary
  private let normalizer: Normalizer
  private let preTokenizer: PreTokenizer
  /// Found in the whole text, then the others in what is left.
  private let firstTokens: AddedTokens
  private let laterTokens: AddedTokens
  private let specialIDs: Set<Int32>
  /// What each id stands for; empty for an id that no token has.
  private let bytesOfToken: [[UInt8]]
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
    try Self.refuseUnsupported(root)
    let normalizer = try Normalizer(root.optional("normalizer"))
    self.normalizer = normalizer
    preTokenizer = try PreTokenizer(root.nullable("pre_tokenizer"))
    let vocabulary = try Vocabulary(root.member("model"))
    let added = try AddedTokenList(root, vocabulary: vocabulary, normalizer: normalizer)
    self.vocabulary = vocabulary
    (firstTokens, laterTokens, specialIDs) = (added.first, added.later, added.specialIDs)
    idOfContent = vocabulary.ids.merging(added.ids) { $1 }
    vocabularySize = Int(idOfContent.values.max() ?? -1) + 1
    var table = [[UInt8]](repeating: [], count: vocabularySize)
    for (token, id) in vocabulary.ids { table[Int(id)] = Self.decodedBytes(token.text) }
    for (id, text) in added.texts { table[Int(id)] = Self.decodedBytes(text) }
    bytesOfToken = table
  }

  /// The library's `ByteLevel` decoder: a token with a character of no byte stands for its own text.
  private static func decodedBytes(_ token: String) -> [UInt8] {
    ByteLevelAlphabet.bytes(of: token) ?? Array(token.utf8)
  }

  private static func refuseUnsupported(_ root: TokenizerPart) throws(CheckpointError) {
    for key in ["truncation", "padding"] {
      if let part = root.optional(key) { throw part.unsupported("null") }
    }
    if let part = root.optional("post_processor"), !addsNothing(part) {
      throw part.unsupported("null, ByteLevel, a template that adds no tokens")
    }
    let decoder = root.nullable("decoder")
    guard decoder.type == "ByteLevel" else { throw decoder.unsupported("ByteLevel") }
  }

  /// Whether a post-processor leaves the ids as they are: `ByteLevel` only moves offsets, and a
  /// template may consist of nothing but the text.
  private static func addsNothing(_ part: TokenizerPart) -> Bool {
    guard part.type == "TemplateProcessing" else { return part.type == "ByteLevel" }
    let single = part.value["single"]?.elements ?? []
    return single.count == 1 && single[0]["Sequence"]?["id"]?.text == "A"
  }

  /// The id of a token's text, in the byte-level alphabet.
  public func id(of token: String) -> Int32? { idOfContent[ExactText(token)] }
}

// MARK: - Encoding

extension Tokenizer {
  /// The tokens of a text; nothing is put before or after them.
  public func encode(_ text: String) -> [Int32] {
    let bytes = Array(text.utf8)
    var result: [Int32] = []
    result.reserveCapacity(bytes.count / 3)
    var cache = PieceCache()
    var scratch = BytePairMerges.Scratch()
    firstTokens.split(bytes, 0..<bytes.count) { range in
      let (bytes, range) = normalizer.apply(bytes, range)
      laterTokens.split(bytes, range) { range in
        preTokenizer.forEachPiece(of: bytes, in: range) { bytes, piece in
          append(bytes, piece, to: &result, &cache, &scratch)
        }
      } token: {
        result.append($0)
      }
    } token: {
      result.append($0)
    }
    return result
  }

  @inline(__always)
  private func append(
    _ bytes: [UInt8], _ piece: Range<Int>, to result: inout [Int32], _ cache: inout PieceCache,
    _ scratch: inout BytePairMerges.Scratch
  ) {
    let key = PieceCache.key(bytes, piece)
    if let key, cache.append(key, to: &result) { return }
    if let whole = vocabulary.wholePieces?[Array(bytes[piece])] {
      result.append(whole)
      return
    }
    vocabulary.merges.merge(bytes, in: piece, scratch: &scratch)
    result += scratch.tokens
    if let key { cache.insert(key, scratch.tokens) }
  }
}

// MARK: - Decoding

extension Tokenizer {
  /// The text of tokens; ids that no token has are left out, bytes that are not UTF-8 become U+FFFD.
  public func decode(_ ids: some Sequence<Int32>, skippingSpecialTokens: Bool = false) -> String {
    String(decoding: bytes(of: ids, skippingSpecialTokens: skippingSpecialTokens), as: UTF8.self)
  }

  /// The bytes of tokens, which may end within a character: for text that arrives in parts.
  public func bytes(
    of ids: some Sequence<Int32>, skippingSpecialTokens: Bool = false
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    for id in ids where id >= 0 && id < vocabularySize {
      guard !skippingSpecialTokens || !specialIDs.contains(id) else { continue }
      bytes += bytesOfToken[Int(id)]
    }
    return bytes
  }
}
