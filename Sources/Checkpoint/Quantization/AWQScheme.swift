import Model

/// `awq`: 4-bit codes packed along the outputs, as AutoAWQ's `gemm` version writes them.
struct AWQScheme: QuantizationScheme {
  private let encoding: IntegerEncoding
  private let excluded: [String]

  /// Reads the scheme.
  ///
  /// - Throws: a `config` error.
  init(_ config: ConfigFile, scales: StoredType) throws(CheckpointError) {
    let version = config.quantizationKey("version")
    let found = config.value(version) == nil ? "gemm" : try config.text(version)
    guard found.lowercased() == "gemm" else {
      throw config.error(version, .unsupported(value: "\"\(found)\"", supported: "gemm"))
    }
    encoding = IntegerEncoding(
      layout: .awq, bits: try config.integer(config.quantizationKey("bits"), among: [4]),
      group: try config.groupSize(config.quantizationKey("group_size")),
      isSymmetric: !(try config.bool(config.quantizationKey("zero_point"), standard: true)),
      scaleType: scales)
    excluded = try config.texts(config.quantizationKey("modules_to_not_convert"))
  }

  var standard: StoredEncoding? { .integers(encoding) }

  func encoding(of weight: TensorSpec) -> StoredEncoding? {
    // AutoAWQ leaves a module alone when its name holds one of the list's names anywhere.
    guard weight.isLinear, !excluded.contains(where: weight.module.contains) else { return nil }
    return standard
  }
}
