extension Tokenizer {
  /// Reads `tokenizer.json` in a model's folder, and which tokens begin and end a text from
  /// `tokenizer_config.json` or, failing that, `config.json`; or the tokenizer in a GGUF file.
  public init(folder path: String) throws(CheckpointError) {
    guard !GGUFParts.isName(path) else {
      self = try GGUFTokenizer(try GGUFParts(path: path).metadata).tokenizer()
      return
    }
    let folder = try Folder(path: path)
    guard folder.contains("tokenizer.json") else {
      throw .file(path: folder.path, .lacks("tokenizer.json"))
    }
    try self.init(file: folder.file("tokenizer.json"))
    beginningOfText = try named("bos_token", in: folder)
    endOfText = try named("eos_token", in: folder)
    if endOfText == nil { endOfText = try configuredEndOfText(in: folder) }
  }

  private func named(_ key: ConfigKey, in folder: Folder) throws(CheckpointError) -> Int32? {
    guard folder.contains("tokenizer_config.json") else { return nil }
    let config = try ConfigFile(path: folder.file("tokenizer_config.json"))
    let content = ConfigKey(stringLiteral: "\(key).content")
    let token = config.value(key)?.text ?? config.value(content)?.text
    return token.flatMap(id)
  }

  private func configuredEndOfText(in folder: Folder) throws(CheckpointError) -> Int32? {
    guard folder.contains("config.json") else { return nil }
    let value = try ConfigFile(path: folder.file("config.json")).value("eos_token_id")
    let id = value?.integer ?? value?.elements?.first?.integer
    return id.flatMap { (0..<vocabularySize).contains($0) ? Int32($0) : nil }
  }
}
