import Model

/// How the rotary embedding is stretched, in the spelling of `config.json`.
extension GGUFSettings {
  private static let kinds = "none, linear, yarn, longrope"

  mutating func copyRope() throws(CheckpointError) {
    copy("rope_theta", from: "rope.freq_base", standard: .number(10_000))
    setOrigin(of: "rope_scaling", "rope.scaling.type")
    setOrigin(of: "rope_scaling.factor", "rope.scaling.factor")
    let context = "rope.scaling.original_context_length"
    setOrigin(of: "rope_scaling.original_max_position_embeddings", context)
    if let scaling = try ropeScaling() { set("rope_scaling", .object(scaling)) }
  }

  private func ropeScaling() throws(CheckpointError) -> [JSONValue.Member]? {
    // Some files have the factors of each pair and do not name the kind.
    if let long = parts.find("rope_factors_long.weight"),
      let short = parts.find("rope_factors_short.weight")
    {
      return try longrope(short: factors(short), long: factors(long))
    }
    if let all = parts.find("rope_freqs.weight") {
      let factors = try factors(all)
      return try longrope(short: factors, long: factors)
    }
    let kind = try metadata.text(key("rope.scaling.type"))
    switch kind {
    case nil:
      guard metadata[key("rope.scale_linear")] != nil else { return nil }
      return members("linear", [("factor", "rope.scale_linear")])
    case "none": return nil
    case "linear": return members("linear", [("factor", "rope.scaling.factor")])
    case "yarn": return try yarn()
    default:
      throw metadata.error(
        key("rope.scaling.type"), .unsupported(value: "\"\(kind ?? "")\"", supported: Self.kinds))
    }
  }

  private func yarn() throws(CheckpointError) -> [JSONValue.Member] {
    for name in ["rope.scaling.yarn_ext_factor", "rope.scaling.attn_factor"] {
      guard let value = number(name), value != 1, value != -1 else { continue }
      throw metadata.error(key(name), .unsupported(value: "\(value)", supported: "1"))
    }
    return members(
      "yarn",
      [
        ("factor", "rope.scaling.factor"),
        ("original_max_position_embeddings", "rope.scaling.original_context_length"),
        ("beta_fast", "rope.scaling.yarn_beta_fast"),
        ("beta_slow", "rope.scaling.yarn_beta_slow"),
        ("attention_factor", "rope.scaling.yarn_attn_factor"),
      ])
  }

  private func longrope(
    short: [Float], long: [Float]
  ) throws(CheckpointError) -> [JSONValue.Member] {
    func list(_ factors: [Float]) -> JSONValue { .array(factors.map { .number(Double($0)) }) }
    var result = members(
      "longrope",
      [("original_max_position_embeddings", "rope.scaling.original_context_length")])
    result.append(JSONValue.Member(key: "short_factor", value: list(short)))
    result.append(JSONValue.Member(key: "long_factor", value: list(long)))
    // Files of one list of factors for all lengths have no magnitude.
    let magnitude = number("rope.scaling.attn_factor") ?? (short == long ? 1 : nil)
    if let magnitude {
      result.append(JSONValue.Member(key: "attention_factor", value: .number(magnitude)))
    }
    return result
  }

  /// DeepSeek's files multiply the logarithm of the factor with a tenth of `mscale_all_dim`;
  /// published models have an `mscale` as large, so that only scores grow.
  mutating func rewriteLatentMagnitude() {
    guard let tenth = number("rope.scaling.yarn_log_multiplier"), tenth != 0 else { return }
    let magnitude = JSONValue.number(Double(Float(tenth) / 0.1))
    setInRopeScaling("mscale", magnitude)
    setInRopeScaling("mscale_all_dim", magnitude)
  }

  private func members(
    _ kind: String, _ names: [(setting: String, name: String)]
  ) -> [JSONValue.Member] {
    var members = [JSONValue.Member(key: "rope_type", value: .string(kind))]
    for (setting, name) in names {
      switch metadata[key(name)] {
      case .integer(let number):
        members.append(JSONValue.Member(key: setting, value: .integer(number)))
      case .number(let number):
        members.append(JSONValue.Member(key: setting, value: .number(number)))
      default: break
      }
    }
    return members
  }

  private func number(_ name: String) -> Double? {
    switch metadata[key(name)] {
    case .integer(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }

  /// The numbers of a small float32 tensor.
  private func factors(
    _ place: (file: Int, tensor: GGUFTensor)
  ) throws(CheckpointError) -> [Float] {
    let (file, tensor) = (parts.files[place.file], place.tensor)
    guard tensor.type.name == "F32", tensor.shape.count == 1 else {
      throw .tensor(
        file: file.path, tensor: tensor.name,
        .gguf(.unsupportedType(tensor.type.name, supported: ["F32"])))
    }
    var reader = GGUFReader(file.mapped, offset: tensor.range.lowerBound)
    var factors: [Float] = []
    for _ in 0..<tensor.shape[0] {
      factors.append(Float(bitPattern: try reader.integer(UInt32.self)))
    }
    return factors
  }
}
