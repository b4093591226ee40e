extension Tokenizer {
  /// Reads `tokenizer.json` in a model's folder, and which token ends a text from
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
    endOfText = try namedEndOfText(in: folder)
    if endOfText == nil { endOfText = try configuredEndOfText(in: folder) }
  }

  private func namedEndOfText(in folder: Folder) throws(CheckpointError) -> Int32? {
    guard folder.contains("tokenizer_config.json") else { return nil }
    let config = try ConfigFile(path: folder.file("tokenizer_config.json"))
    let token = config.value("eos_token")?.text ?? config.value("eos_token.content")?.text
    return token.flatMap(id)
  }

  private func configuredEndOfText(in folder: Folder) throws(CheckpointError) -> Int32? {
    guard folder.contains("config.json") else { return nil }
    let value = try ConfigFile(path: folder.file("config.json")).value("eos_token_id")
    let id = value?.integer ?? value?.elements?.first?.integer
    return id.flatMap { (0..<vocabularySize).contains($0) ? Int32($0) : nil }
  }
}
