extension PreTokenizer {
  private static let supported = "ByteLevel, or Digits followed by ByteLevel"

  /// Reads `pre_tokenizer`; any kind that would have to be imitated is refused by name.
  init(_ part: TokenizerPart) throws(CheckpointError) {
    switch part.type {
    case "ByteLevel": try self.init(byteLevel: part, digits: nil)
    case "Sequence":
      try part.allow(["type", "pretokenizers"])
      let parts = try part.member("pretokenizers").elements()
      for part in parts where part.type != "ByteLevel" && part.type != "Digits" {
        throw part.unsupported(Self.supported)
      }
      switch parts.map(\.type) {
      case ["ByteLevel"]: try self.init(byteLevel: parts[0], digits: nil)
      case ["Digits", "ByteLevel"]:
        try parts[0].allow(["type", "individual_digits"])
        let individual = try parts[0].member("individual_digits").bool()
        try self.init(byteLevel: parts[1], digits: individual ? .individually : .contiguously)
      default:
        let names = parts.map { $0.type ?? "?" }.joined(separator: ", ")
        throw part.error(.unsupported(value: "[\(names)]", supported: Self.supported))
      }
    default: throw part.unsupported(Self.supported)
    }
  }

  private init(byteLevel part: TokenizerPart, digits: DigitSplit?) throws(CheckpointError) {
    // Offsets are not reported here, so trimming them has no effect.
    try part.allow(["type", "add_prefix_space", "trim_offsets", "use_regex"])
    self.init(
      digits: digits, addsPrefixSpace: try part.member("add_prefix_space").bool(),
      usesPattern: try part.optional("use_regex")?.bool() ?? true)
  }
}
