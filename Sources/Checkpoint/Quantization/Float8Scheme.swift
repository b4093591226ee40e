import Model

/// `fp8`: E4M3 weights with a scale for each block (DeepSeek-V3), or one for each matrix.
struct Float8Scheme: QuantizationScheme {
  private let encoding: Float8Encoding
  private let excluded: [String]

  /// Reads the scheme.
  ///
  /// - Throws: a `config` error.
  init(_ config: ConfigFile) throws(CheckpointError) {
    let format = config.quantizationKey("fmt")
    if config.value(format) != nil { try config.require(format, "e4m3") }
    excluded =
      try config.texts(config.quantizationKey("modules_to_not_convert"))
      + (try config.texts(config.quantizationKey("ignored_layers")))
    let key = config.quantizationKey("weight_block_size")
    guard let value = config.value(key) else {
      encoding = Float8Encoding(
        scales: .tensor, scaleType: .float32, scaleEnding: "weight_scale")
      return
    }
    let sizes = try config.integers(key)
    guard sizes.count == 2, sizes.allSatisfy(StructureLimit.width.contains) else {
      throw config.error(
        key, .wrongType(expected: "two whole numbers above 0, rows and columns", found: value.kind))
    }
    encoding = Float8Encoding(
      scales: .blocks(rows: sizes[0], columns: sizes[1]), scaleType: .float32,
      scaleEnding: "weight_scale_inv")
  }

  var standard: StoredEncoding? { .float8(encoding) }

  func encoding(of weight: TensorSpec) -> StoredEncoding? {
    guard weight.isLinear, !excluded.contains(where: { weight.module.isInside($0) }) else {
      return nil
    }
    return standard
  }
}

extension String {
  /// Whether a list of modules that are not converted means this one by `name`: as its own name, the
  /// start of it, or its end.
  func isInside(_ name: String) -> Bool {
    self == name || hasPrefix(name + ".") || hasSuffix("." + name)
  }
}
