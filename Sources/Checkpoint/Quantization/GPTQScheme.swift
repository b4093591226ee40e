import Model

/// `gptq`: integer codes packed along the inputs, as AutoGPTQ and GPTQModel write them.
struct GPTQScheme: QuantizationScheme {
  /// What GPTQModel's `dynamic` says about some modules.
  private struct Exception {
    var rule: ModuleRule
    /// `nil` where they are not converted.
    var encoding: IntegerEncoding?
  }

  private static let bits = [2, 3, 4, 8]

  private let encoding: IntegerEncoding
  private let convertsHead: Bool
  private let exceptions: [Exception]

  /// Reads the scheme.
  ///
  /// - Throws: a `config` error.
  init(_ config: ConfigFile, scales: StoredType) throws(CheckpointError) {
    let bits = try config.integer(config.quantizationKey("bits"), among: Self.bits)
    encoding = IntegerEncoding(
      layout: try Self.layout(config), bits: bits,
      group: try config.groupSize(config.quantizationKey("group_size")),
      isSymmetric: try config.bool(config.quantizationKey("sym"), standard: true),
      hasInputGroups: true, scaleType: scales)
    convertsHead = try config.bool(config.quantizationKey("lm_head"), standard: false)
    exceptions = try Self.exceptions(from: encoding, config)
  }

  var standard: StoredEncoding? { .integers(encoding) }

  func encoding(of weight: TensorSpec) -> StoredEncoding? {
    guard weight.isLinear || (convertsHead && weight.role == .head) else { return nil }
    guard let exception = exceptions.first(where: { $0.rule.matches(weight.module) }) else {
      return standard
    }
    return exception.encoding.map { .integers($0) }
  }

  private static func layout(
    _ config: ConfigFile
  ) throws(CheckpointError) -> IntegerEncoding.Layout {
    let named = config.quantizationKey("checkpoint_format")
    let key = config.value(named) == nil ? config.quantizationKey("format") : named
    guard config.value(key) != nil else { return .gptq }
    switch try config.text(key) {
    case "gptq": return .gptq
    case "gptq_v2": return .gptqV2
    case let format:
      throw config.error(
        key, .unsupported(value: "\"\(format)\"", supported: "gptq, gptq_v2"))
    }
  }

  /// `dynamic`: regular expressions, `-:` before those of modules left alone, `+:` or nothing before
  /// those with settings of their own.
  private static func exceptions(
    from standard: IntegerEncoding, _ config: ConfigFile
  ) throws(CheckpointError) -> [Exception] {
    let key = config.quantizationKey("dynamic")
    guard let value = config.value(key) else { return [] }
    guard let members = value.members else {
      throw config.error(key, .wrongType(expected: "an object", found: value.kind))
    }
    var exceptions: [Exception] = []
    for member in members {
      let isLeftAlone = member.key.hasPrefix("-:")
      let pattern =
        isLeftAlone || member.key.hasPrefix("+:") ? String(member.key.dropFirst(2)) : member.key
      var encoding = standard
      if let bits = member.value["bits"] {
        guard let number = bits.integer, Self.bits.contains(number) else {
          throw config.error(
            key, .unsupported(value: "\(bits.kind) bits", supported: "2, 3, 4, 8 bits"))
        }
        encoding.bits = number
      }
      if let size = member.value["group_size"]?.integer {
        encoding.group = size > 0 ? .inputs(size) : .channel
      }
      exceptions.append(
        Exception(
          rule: try .pattern(pattern, key, config), encoding: isLeftAlone ? nil : encoding))
    }
    return exceptions
  }
}
