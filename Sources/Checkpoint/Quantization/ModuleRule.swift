/// What picks modules in a `quantization_config`.
enum ModuleRule {
  /// The module of this name, or of this kind.
  case name(String)
  /// Modules whose name starts with a match.
  case pattern(Regex<AnyRegexOutput>)

  /// A regular expression longer than any that tools write is refused, as matching may take long.
  static let longestPattern = 4096

  /// Reads a rule as compressed-tensors writes it: a name, a kind, or `re:` and a regular expression.
  ///
  /// - Throws: a `config` error under `key`.
  init(_ text: String, _ key: ConfigKey, _ config: ConfigFile) throws(CheckpointError) {
    if text.hasPrefix("re:") {
      self = try Self.pattern(String(text.dropFirst(3)), key, config)
    } else {
      self = .name(text)
    }
  }

  /// A regular expression as Python's `re.match` takes it.
  ///
  /// - Throws: a `config` error under `key`.
  static func pattern(
    _ text: String, _ key: ConfigKey, _ config: ConfigFile
  ) throws(CheckpointError) -> ModuleRule {
    guard text.utf8.count <= longestPattern, let regex = try? Regex(text) else {
      throw config.error(
        key,
        .unsupported(
          value: "\"\(text)\"", supported: "names, Linear, and re: with a regular expression"))
    }
    return .pattern(regex.matchingSemantics(.unicodeScalar))
  }

  /// Whether it picks a module by its name.
  func matches(_ module: String) -> Bool {
    switch self {
    case .name(let name): name == module
    case .pattern(let regex): (try? regex.prefixMatch(in: module)) != nil
    }
  }

  /// Whether it is the name of such a kind of module.
  func isKind(_ kind: String) -> Bool { if case .name(kind) = self { true } else { false } }
}
