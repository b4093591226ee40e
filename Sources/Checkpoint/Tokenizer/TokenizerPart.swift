/// A value in `tokenizer.json`, with its path for messages.
struct TokenizerPart {
  let file: String
  /// The keys that lead to it, such as `model.merges`.
  let path: String
  let value: JSONValue

  /// The error that says this part has `problem`.
  func error(_ problem: TokenizerProblem) -> CheckpointError {
    .tokenizer(file: file, part: path, problem)
  }

  /// The error that says this part's kind is not supported.
  func unsupported(_ supported: String) -> CheckpointError {
    let kind = value["type"]?.kind ?? value.kind
    return error(.unsupported(value: kind, supported: supported))
  }

  /// The value of a key; `nil` when it is missing or `null`.
  func optional(_ key: String) -> TokenizerPart? {
    guard let member = value[key], member != .null else { return nil }
    return TokenizerPart(file: file, path: path.isEmpty ? key : "\(path).\(key)", value: member)
  }

  /// The value of a key that must be there.
  func member(_ key: String) throws(CheckpointError) -> TokenizerPart {
    if let member = optional(key) { return member }
    throw .tokenizer(file: file, part: path.isEmpty ? key : "\(path).\(key)", .missing)
  }

  /// The value of a key, `null` when it is missing.
  func nullable(_ key: String) -> TokenizerPart {
    optional(key) ?? TokenizerPart(file: file, path: key, value: .null)
  }

  /// The value of `type`.
  var type: String? { value["type"]?.text }

  /// Refuses keys other than `known`: an option nobody knows may change every token.
  func allow(_ known: Set<String>) throws(CheckpointError) {
    for member in value.members ?? [] where !known.contains(member.key) {
      throw error(.invalid("has the unknown option \(member.key.quoted)"))
    }
  }

  /// A truth value.
  func bool() throws(CheckpointError) -> Bool {
    guard let bool = value.bool else { throw error(.wrongType(expected: "true or false")) }
    return bool
  }

  /// A text.
  func text() throws(CheckpointError) -> String {
    guard let text = value.text else { throw error(.wrongType(expected: "a text")) }
    return text
  }

  /// The elements of a list, as they stand.
  func elementValues() throws(CheckpointError) -> [JSONValue] {
    guard let elements = value.elements else { throw error(.wrongType(expected: "a list")) }
    return elements
  }

  /// The elements of a list.
  func elements() throws(CheckpointError) -> [TokenizerPart] {
    try elementValues().enumerated().map { index, element in
      TokenizerPart(file: file, path: "\(path)[\(index)]", value: element)
    }
  }

  /// The members of an object.
  func members() throws(CheckpointError) -> [JSONValue.Member] {
    guard let members = value.members else { throw error(.wrongType(expected: "an object")) }
    return members
  }
}
