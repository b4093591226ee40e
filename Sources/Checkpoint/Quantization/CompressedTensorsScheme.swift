import Model

/// `compressed-tensors`: groups of modules, each with a way of its own, as llm-compressor writes them.
struct CompressedTensorsScheme: QuantizationScheme {
  /// A target of a group: what it picks, and how that is stored.
  private struct Target {
    var text: String
    var rule: ModuleRule
    var encoding: StoredEncoding?

    var isPattern: Bool { if case .pattern = rule { true } else { false } }
  }

  /// Names before regular expressions before kinds; each by its text, as the library matches them.
  private let targets: [Target]
  /// The place in `targets` of every plain name.
  private let names: [String: Int]
  private let ignored: [ModuleRule]
  private let ignoredNames: Set<String>

  /// Reads the scheme.
  ///
  /// - Throws: a `config` error.
  init(_ config: ConfigFile, scales: StoredType) throws(CheckpointError) {
    try Self.refuseSparsity(config)
    let key = config.quantizationKey("ignore")
    let ignored = try config.texts(key)
    ignoredNames = Set(ignored)
    self.ignored = try ignored.filter { $0.hasPrefix("re:") }
      .map { (text) throws(CheckpointError) in try ModuleRule(text, key, config) }
    targets = try Self.targets(config, scales)
    names = Dictionary(
      targets.enumerated().map { ($0.element.text, $0.offset) }, uniquingKeysWith: min)
  }

  func encoding(of weight: TensorSpec) -> StoredEncoding? {
    guard weight.isMatrix else { return nil }
    let module = weight.module
    let kind = weight.role == .embedding ? "Embedding" : "Linear"
    guard !ignoredNames.contains(module), !ignoredNames.contains(kind),
      !ignored.contains(where: { $0.matches(module) })
    else { return nil }
    if let index = names[module] { return targets[index].encoding }
    let match = targets.first { $0.isPattern && $0.rule.matches(module) }
    if let match { return match.encoding }
    return names[kind].flatMap { targets[$0].encoding }
  }

  private static func targets(
    _ config: ConfigFile, _ scales: StoredType
  ) throws(CheckpointError) -> [Target] {
    let key = config.quantizationKey("config_groups")
    guard let value = config.value(key) else { throw config.error(key, .missing) }
    guard let groups = value.members else {
      throw config.error(key, .wrongType(expected: "an object", found: value.kind))
    }
    var targets: [Target] = []
    for group in groups {
      let key = key.appending(group.key)
      let reader = CompressedTensorsGroup(config: config, key: key, scales: scales)
      let encoding = try reader.encoding()
      for text in try config.texts(key.appending("targets")) {
        let rule = try ModuleRule(text, key.appending("targets"), config)
        targets.append(Target(text: text, rule: rule, encoding: encoding))
      }
    }
    return targets.sorted { ($0.isPattern ? 1 : 0, $0.text) < ($1.isPattern ? 1 : 0, $1.text) }
  }

  private static func refuseSparsity(_ config: ConfigFile) throws(CheckpointError) {
    let key = config.quantizationKey("sparsity_config.format")
    guard config.value(key) != nil else { return }
    try config.require(key, "dense")
  }
}
