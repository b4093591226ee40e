import Glibc
import Model

/// The rotary embedding's settings, in both spellings: `rope_theta` with `rope_scaling`, or
/// `rope_parameters`.
extension ConfigFile {
  private static let ropeKinds = "null, default, linear, dynamic, llama3, yarn, longrope"

  /// The object that holds the kind of scaling.
  var ropeKey: ConfigKey { value("rope_parameters") == nil ? "rope_scaling" : "rope_parameters" }

  /// Base of the rotary frequencies.
  func ropeTheta() throws(CheckpointError) -> Float {
    try positiveNumber(
      value("rope_parameters") == nil ? "rope_theta" : "rope_parameters.rope_theta")
  }

  /// How the rotary embedding of heads with `rotaryWidth` turned elements is stretched.
  func ropeScaling(rotaryWidth: Int) throws(CheckpointError) -> RopeScaling {
    let key = ropeKey
    guard let object = value(key) else { return .none }
    guard object.members != nil else {
      throw error(key, .wrongType(expected: "an object", found: object.kind))
    }
    let isParameters = key.description == "rope_parameters"
    let kind = object["rope_type"] ?? object["type"] ?? (isParameters ? .string("default") : object)
    switch kind.text {
    case "default": return .none
    case "linear": return .linear(factor: try positiveNumber(key.appending("factor")))
    case "dynamic":
      return .dynamic(
        factor: try positiveNumber(key.appending("factor")),
        originalContext: try integer("max_position_embeddings", in: StructureLimit.context))
    case "llama3": return .llama3(try llama3Scaling(key))
    case "yarn": return .yarn(try yarnScaling(key))
    case "longrope": return .longrope(try longropeScaling(key, pairs: rotaryWidth / 2))
    default: throw error(key, .unsupported(value: kind.kind, supported: Self.ropeKinds))
    }
  }

  /// A number above 0; `nil` where the key is missing, `null` or 0, which these keys use for "none".
  func numberUnlessZero(_ key: ConfigKey) throws(CheckpointError) -> Float? {
    if value(key) == .integer(0) || value(key) == .number(0) { return nil }
    return try optionalPositiveNumber(key)
  }

  private func originalContext(_ key: ConfigKey) throws(CheckpointError) -> Int {
    let name: ConfigKey = "original_max_position_embeddings"
    let inner = key.appending(name.description)
    if let context = try optionalInteger(inner, in: StructureLimit.context) { return context }
    if let context = try optionalInteger(name, in: StructureLimit.context) { return context }
    return try integer("max_position_embeddings", in: StructureLimit.context)
  }

  private func llama3Scaling(_ key: ConfigKey) throws(CheckpointError) -> Llama3Scaling {
    let low = try positiveNumber(key.appending("low_freq_factor"))
    let highKey = key.appending("high_freq_factor")
    let high = try positiveNumber(highKey)
    guard high > low else {
      throw error(highKey, .outOfRange(value: "\(high)", allowed: "above low_freq_factor (\(low))"))
    }
    return Llama3Scaling(
      factor: try positiveNumber(key.appending("factor")), lowFrequencyFactor: low,
      highFrequencyFactor: high, originalContext: try originalContext(key))
  }

  private func yarnScaling(_ key: ConfigKey) throws(CheckpointError) -> YarnScaling {
    let factor = try positiveNumber(key.appending("factor"))
    let magnitude: Float
    if let stated = try optionalPositiveNumber(key.appending("attention_factor")) {
      magnitude = stated
    } else if let part = try numberUnlessZero(key.appending("mscale")),
      let whole = try numberUnlessZero(key.appending("mscale_all_dim"))
    {
      magnitude = YarnScaling.growth(factor, part) / YarnScaling.growth(factor, whole)
    } else {
      magnitude = YarnScaling.growth(factor)
    }
    return YarnScaling(
      factor: factor, originalContext: try originalContext(key),
      fastTurns: try numberUnlessZero(key.appending("beta_fast")) ?? 32,
      slowTurns: try numberUnlessZero(key.appending("beta_slow")) ?? 1,
      truncates: try bool(key.appending("truncate"), standard: true), magnitude: magnitude)
  }

  private func longropeScaling(
    _ key: ConfigKey, pairs: Int
  ) throws(CheckpointError) -> LongropeScaling {
    let original = try originalContext(key)
    let context = try integer("max_position_embeddings", in: StructureLimit.context)
    let factor =
      try optionalPositiveNumber(key.appending("factor")) ?? Float(context) / Float(original)
    let standard =
      try optionalPositiveNumber(key.appending("attention_factor"))
      ?? (factor <= 1 ? 1 : (1 + log(factor) / log(Float(original))).squareRoot())
    return LongropeScaling(
      originalContext: original,
      shortFactors: try numbers(key.appending("short_factor"), count: pairs),
      longFactors: try numbers(key.appending("long_factor"), count: pairs),
      shortMagnitude: try numberUnlessZero(key.appending("short_mscale")) ?? standard,
      longMagnitude: try numberUnlessZero(key.appending("long_mscale")) ?? standard)
  }

  private func numbers(_ key: ConfigKey, count: Int) throws(CheckpointError) -> [Float] {
    guard let list = value(key) else { throw error(key, .missing) }
    let expected = "a list of \(count) numbers above 0, one for each pair that rotates"
    guard let elements = list.elements, elements.count == count else {
      throw error(key, .wrongType(expected: expected, found: list.kind))
    }
    var numbers: [Float] = []
    for element in elements {
      guard let number = element.float, number > 0, number.isFinite else {
        throw error(key, .wrongType(expected: expected, found: "\(element.kind) in it"))
      }
      numbers.append(number)
    }
    return numbers
  }
}

extension JSONValue {
  fileprivate var float: Float? {
    switch self {
    case .integer(let integer): Float(integer)
    case .number(let double): Float(double)
    default: nil
    }
  }
}

extension ConfigKey {
  /// The key of a member of this key's object.
  func appending(_ member: String) -> ConfigKey { ConfigKey(stringLiteral: "\(self).\(member)") }
}
