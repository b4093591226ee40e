/// The tokenizer in the metadata of a GGUF file.
struct GGUFTokenizer {
  /// What a token is for, by the number that files store.
  enum Kind: Int {
    case normal = 1
    case unknown, control, userDefined, unused, byte
  }

  /// The kinds of tokenizer that are read, as files call them.
  private enum Model: String, CaseIterable {
    /// Byte-level BPE.
    case gpt2
    /// Sentencepiece's BPE.
    case llama
  }

  /// The metadata.
  let metadata: GGUFMetadata
  private let model: Model
  /// The tokens' texts, by id.
  let tokens: [String]
  /// What each is for.
  let kinds: [Kind]

  /// Reads the list of tokens.
  init(_ metadata: GGUFMetadata) throws(CheckpointError) {
    self.metadata = metadata
    model = try Self.model(metadata)
    guard let tokens = try metadata.texts(Self.key("tokens")), !tokens.isEmpty else {
      throw metadata.error(Self.key("tokens"), .missing)
    }
    self.tokens = tokens
    let key = Self.key("token_type")
    guard let numbers = try metadata.integers(key) else {
      kinds = Array(repeating: .normal, count: tokens.count)
      return
    }
    guard numbers.count == tokens.count else {
      throw metadata.error(
        key, .outOfRange(value: "\(numbers.count) long", allowed: "\(tokens.count) long"))
    }
    kinds = numbers.map { Kind(rawValue: $0) ?? .normal }
  }

  private static func model(_ metadata: GGUFMetadata) throws(CheckpointError) -> Model {
    let key = key("model")
    guard let name = try metadata.text(key) else { throw metadata.error(key, .missing) }
    guard let model = Model(rawValue: name) else {
      let supported = Model.allCases.map(\.rawValue).joined(separator: ", ")
      throw metadata.error(key, .unsupported(value: "\"\(name)\"", supported: supported))
    }
    return model
  }

  /// The whole key of one of the tokenizer's.
  static func key(_ name: String) -> String { "tokenizer.ggml.\(name)" }

  /// The tokenizer.
  func tokenizer() throws(CheckpointError) -> Tokenizer {
    var tokenizer =
      switch model {
      case .gpt2: try byteLevel()
      case .llama: try sentencepiece()
      }
    tokenizer.beginningOfText = try id("bos_token_id")
    tokenizer.endOfText = try id("eos_token_id")
    return tokenizer
  }

  /// The token that a key names, or `nil`.
  func id(_ name: String) throws(CheckpointError) -> Int32? {
    guard let id = try metadata.count(Self.key(name)) else { return nil }
    guard id < tokens.count else {
      throw metadata.error(
        Self.key(name), .outOfRange(value: "\(id)", allowed: "below \(tokens.count)"))
    }
    return Int32(id)
  }

  /// The tokens put around texts: those of the text's beginning and end, if the file says so or, where
  /// it is silent, if `startsText` says so.
  func template(startsText: Bool) throws(CheckpointError) -> TokenTemplate {
    let starts = try metadata.bool(Self.key("add_bos_token")) ?? startsText
    let ends = try metadata.bool(Self.key("add_eos_token")) ?? false
    let (first, last) = (try id("bos_token_id"), try id("eos_token_id"))
    return TokenTemplate(
      prefix: starts ? [first].compactMap(\.self) : [],
      suffix: ends ? [last].compactMap(\.self) : [])
  }

  /// The tokens that are found in texts as they stand.
  var addedTokens: AddedTokenList {
    var added = AddedTokenList()
    for (id, kind) in kinds.enumerated() {
      switch kind {
      case .control, .unknown: added.add(tokens[id], id: Int32(id), isSpecial: true)
      case .userDefined: added.add(tokens[id], id: Int32(id), isSpecial: false)
      case .normal, .unused, .byte: break
      }
    }
    return added
  }

  /// The ids of the tokens of some kinds, by their text; of two with the same text, the first.
  func ids(_ isWanted: (Kind) -> Bool) -> [ExactText: Int32] {
    var ids: [ExactText: Int32] = Dictionary(minimumCapacity: tokens.count)
    for (id, kind) in kinds.enumerated() where isWanted(kind) {
      let text = ExactText(tokens[id])
      if ids[text] == nil { ids[text] = Int32(id) }
    }
    return ids
  }
}
