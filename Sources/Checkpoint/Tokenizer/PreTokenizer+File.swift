extension PreTokenizer {
  private static let supported = "ByteLevel, Split, Digits, Metaspace, a Sequence of them"

  /// Reads `pre_tokenizer`; any kind that would have to be imitated is refused by name.
  init(_ part: TokenizerPart?) throws(CheckpointError) {
    steps = []
    if let part { try append(part) }
    for step in steps.dropLast() {
      guard let part, case .byteLevel = step else { continue }
      throw part.error(.invalid("has a step after ByteLevel, which would cut between bytes"))
    }
  }

  private mutating func append(_ part: TokenizerPart) throws(CheckpointError) {
    switch part.type {
    case "Sequence":
      try part.allow(["type", "pretokenizers"])
      for part in try part.member("pretokenizers").elements() { try append(part) }
    case "ByteLevel": steps.append(.byteLevel(try ByteLevel(part)))
    case "Digits":
      try part.allow(["type", "individual_digits"])
      let individual = try part.member("individual_digits").bool()
      steps.append(.digits(individual ? .individually : .contiguously))
    case "Split": steps.append(.split(try Split(part)))
    case "Metaspace": steps.append(.metaspace(try Metaspace(part)))
    default: throw part.unsupported(Self.supported)
    }
  }
}

extension PreTokenizer.ByteLevel {
  fileprivate init(_ part: TokenizerPart) throws(CheckpointError) {
    // Offsets are not reported here, so trimming them has no effect.
    try part.allow(["type", "add_prefix_space", "trim_offsets", "use_regex"])
    self.init(
      addsPrefixSpace: try part.member("add_prefix_space").bool(),
      usesPattern: try part.optional("use_regex")?.bool() ?? true)
  }
}

extension Split {
  fileprivate init(_ part: TokenizerPart) throws(CheckpointError) {
    try part.allow(["type", "pattern", "behavior", "invert"])
    let pattern = try part.member("pattern")
    if let literal = pattern.optional("String") {
      let text = try literal.text()
      guard !text.isEmpty else { throw literal.error(.invalid("is empty")) }
      self.pattern = .literal(Array(text.utf8))
    } else {
      let regex = try pattern.member("Regex")
      guard let known = SplitPattern(regex: try regex.text()) else {
        throw regex.unsupported(
          "the patterns of GPT-2, Llama 3, Qwen, DeepSeek, GLM-4 and gpt-oss")
      }
      self.pattern = known
    }
    let behaviorPart = try part.member("behavior")
    guard let behavior = Behavior(rawValue: try behaviorPart.text()) else {
      throw behaviorPart.unsupported(
        "Isolated, Removed, MergedWithPrevious, MergedWithNext, Contiguous")
    }
    self.behavior = behavior
    isInverted = try part.optional("invert")?.bool() ?? false
  }
}

extension Metaspace {
  /// Reads a pre-tokenizer or decoder of this type.
  init(_ part: TokenizerPart) throws(CheckpointError) {
    try part.allow([
      "type", "replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep",
    ])
    replacement = Array(try part.member("replacement").text().utf8)
    guard !replacement.isEmpty else {
      throw try part.member("replacement").error(.invalid("is empty"))
    }
    splits = try part.optional("split")?.bool() ?? true
    // Files of older versions say only whether.
    let adds = try part.optional("add_prefix_space")?.bool() ?? true
    guard adds, let scheme = part.optional("prepend_scheme") else {
      prependScheme = adds ? .always : .never
      return
    }
    guard let known = PrependScheme(rawValue: try scheme.text()) else {
      throw scheme.unsupported("always, first, never")
    }
    prependScheme = known
  }
}
