import Model

/// One of the `config_groups` of a compressed-tensors config.
struct CompressedTensorsGroup {
  let config: ConfigFile
  /// The group's key.
  let key: ConfigKey
  /// The type of scales where there are no files to say it.
  let scales: StoredType

  private var weights: ConfigKey { key.appending("weights") }

  /// How the group's weights are stored; `nil` where only its activations are quantised.
  ///
  /// - Throws: a `config` error.
  func encoding() throws(CheckpointError) -> StoredEncoding? {
    guard config.value(weights) != nil else { return nil }
    let own = key.appending("format")
    let formatKey = config.value(own) == nil ? config.quantizationKey("format") : own
    let format = try config.text(formatKey)
    let isFloat = try isFloat()
    switch (format, isFloat) {
    case ("pack-quantized", false): return .integers(try integers(.packed, bits: Array(2...8)))
    case ("int-quantized", false), ("naive-quantized", false):
      return .integers(try integers(.bytes, bits: [8]))
    case ("float-quantized", true), ("naive-quantized", true): return .float8(try float8())
    case ("dense", _): return nil
    default:
      throw config.error(
        formatKey,
        .unsupported(
          value: "\"\(format)\"\(isFloat ? " with floats" : " with integers")",
          supported: "pack-quantized and int-quantized with integers, float-quantized with floats"))
    }
  }

  private func isFloat() throws(CheckpointError) -> Bool {
    let key = weights.appending("type")
    guard config.value(key) != nil else { return false }
    switch try config.text(key) {
    case "int": return false
    case "float": return true
    case let type:
      throw config.error(key, .unsupported(value: "\"\(type)\"", supported: "int, float"))
    }
  }

  private func integers(
    _ layout: IntegerEncoding.Layout, bits: [Int]
  ) throws(CheckpointError) -> IntegerEncoding {
    let bits = try config.integer(weights.appending("num_bits"), among: bits)
    let group: GroupSize
    switch try strategy() {
    case "group": group = try config.groupSize(weights.appending("group_size"))
    case "channel": group = .channel
    case let strategy: throw unsupported(strategy, "group, channel")
    }
    return IntegerEncoding(
      layout: layout, bits: bits, group: group,
      isSymmetric: try config.bool(weights.appending("symmetric"), standard: true),
      scaleType: scales)
  }

  private func float8() throws(CheckpointError) -> Float8Encoding {
    _ = try config.integer(weights.appending("num_bits"), among: [8])
    let shared: Float8Encoding.Scales
    switch try strategy() {
    case "tensor": shared = .tensor
    case "channel": shared = .row
    case "block":
      let sizes = try config.integers(weights.appending("block_structure"))
      guard sizes.count == 2, sizes.allSatisfy(StructureLimit.width.contains) else {
        throw config.error(
          weights.appending("block_structure"),
          .wrongType(expected: "two whole numbers above 0, rows and columns", found: "\(sizes)"))
      }
      shared = .blocks(rows: sizes[0], columns: sizes[1])
    case let strategy: throw unsupported(strategy, "tensor, channel, block")
    }
    return Float8Encoding(scales: shared, scaleType: scales, scaleEnding: "weight_scale")
  }

  private func strategy() throws(CheckpointError) -> String {
    try config.text(weights.appending("strategy"))
  }

  private func unsupported(_ strategy: String, _ supported: String) -> CheckpointError {
    config.error(
      weights.appending("strategy"),
      .unsupported(value: "\"\(strategy)\"", supported: supported))
  }
}
