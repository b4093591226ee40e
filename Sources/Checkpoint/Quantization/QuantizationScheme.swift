import Model

/// How a checkpoint's `quantization_config` says its weights are stored.
///
/// The weights that a config calls "not converted" are spelled differently by every tool that writes
/// one, so the files have the last word: what lies there as plain numbers is read as such.
protocol QuantizationScheme {
  /// How a weight is stored, by the config alone; `nil` for plain numbers.
  func encoding(of weight: TensorSpec) -> StoredEncoding?
  /// How a weight is stored that the config does not count as quantised, and the files do.
  var standard: StoredEncoding? { get }
  /// Sets what the scheme changes in the structure.
  ///
  /// - Throws: a `config` error where the model's shape does not fit.
  func adapt(_ spec: inout ModelSpec, _ config: ConfigFile) throws(CheckpointError)
}

extension QuantizationScheme {
  var standard: StoredEncoding? { nil }

  func adapt(_ spec: inout ModelSpec, _ config: ConfigFile) throws(CheckpointError) {}
}

extension ConfigFile {
  /// A key of `quantization_config`.
  func quantizationKey(_ name: String) -> ConfigKey {
    ConfigKey(stringLiteral: "quantization_config.\(name)")
  }

  /// The scheme that `quantization_config` describes.
  ///
  /// - Parameter scales: the type of scales where there are no files to say it.
  /// - Returns: `nil` where the config describes none.
  /// - Throws: a `config` error that names the key whose value is missing or not supported.
  func quantizationScheme(
    scales: StoredType
  ) throws(CheckpointError) -> (any QuantizationScheme)? {
    guard let object = value("quantization_config"), object != .bool(false) else { return nil }
    guard object.members != nil else {
      throw error(
        "quantization_config", .wrongType(expected: "an object", found: object.kind))
    }
    let key = quantizationKey("quant_method")
    switch try text(key) {
    case "fp8": return try Float8Scheme(self)
    case "mxfp4": return MXFP4Scheme()
    case "gptq": return try GPTQScheme(self, scales: scales)
    case "awq": return try AWQScheme(self, scales: scales)
    case "compressed-tensors": return try CompressedTensorsScheme(self, scales: scales)
    case let method:
      throw error(
        key,
        .unsupported(
          value: "\"\(method)\"", supported: "awq, compressed-tensors, fp8, gptq, mxfp4"))
    }
  }

  /// Inputs that share a scale; -1 stands for all of a row.
  func groupSize(_ key: ConfigKey) throws(CheckpointError) -> GroupSize {
    let size = try integer(key, in: -1...StructureLimit.width.upperBound)
    guard size != 0 else {
      throw error(key, .outOfRange(value: "0", allowed: "-1 (one group a row) or above 0"))
    }
    return size < 0 ? .channel : .inputs(size)
  }

  /// The texts of a list; none where the key is missing.
  func texts(_ key: ConfigKey) throws(CheckpointError) -> [String] {
    guard let value = value(key) else { return [] }
    let problem = error(key, .wrongType(expected: "a list of texts", found: value.kind))
    guard let elements = value.elements else { throw problem }
    var texts: [String] = []
    for element in elements {
      guard let text = element.text else { throw problem }
      texts.append(text)
    }
    return texts
  }

  /// Refuses a number that is not among `supported`.
  func integer(_ key: ConfigKey, among supported: [Int]) throws(CheckpointError) -> Int {
    let found = try integer(key, in: 0...Int.max)
    guard supported.contains(found) else {
      let list = supported.map(String.init).joined(separator: ", ")
      throw error(key, .unsupported(value: "\(found)", supported: list))
    }
    return found
  }
}

extension TensorSpec {
  /// The name of the module whose weight it is: all but `.weight`.
  var module: String {
    name.hasSuffix(".weight") ? String(name.dropLast(".weight".count)) : name
  }

  /// Whether it is a matrix that codes may stand for.
  var isMatrix: Bool {
    switch role {
    case .linear, .router, .sharedGate, .head, .embedding: true
    default: false
    }
  }

  /// Whether it is a projection of a block.
  var isLinear: Bool { if case .linear = role { true } else { false } }
}
