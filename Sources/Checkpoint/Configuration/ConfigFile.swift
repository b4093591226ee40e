/// A `config.json`, read strictly: a key that is missing or holds the wrong kind of value is an
/// error that names the file and the key, never a silent default.
public struct ConfigFile: Sendable {
  /// The path it was read from.
  public let path: String
  /// Its bytes, for the fingerprint.
  let bytes: [UInt8]
  private let values: JSONValue
  /// Where settings come from that stand in the metadata of a GGUF file instead, by key.
  private let origins: [String: String]?

  /// Reads the file at `path`.
  public init(path: String) throws(CheckpointError) {
    let mapped = try MappedFile(path: path)
    try self.init(path: path, bytes: mapped.copy(of: 0..<mapped.count))
  }

  /// Reads a config from its bytes; `path` is for messages.
  init(path: String, bytes: [UInt8]) throws(CheckpointError) {
    self.path = path
    self.bytes = bytes
    origins = nil
    values = try JSONParser.parse(bytes, file: path)
    guard values.members != nil else {
      throw .json(file: path, byte: 0, reason: "expected an object")
    }
  }

  /// Settings that were read from elsewhere: messages name the keys they come from in the file at
  /// `path`.
  init(path: String, settings: [JSONValue.Member], origins: [String: String]) {
    self.path = path
    self.origins = origins
    values = .object(settings)
    bytes = settings.flatMap { Array("\($0.key)=\($0.value)\n".utf8) }
  }

  /// The value of `key`; `nil` when it is missing or `null`.
  func value(_ key: ConfigKey) -> JSONValue? {
    var value: JSONValue? = values
    for part in key.path { value = value?[part] }
    return value == .null ? nil : value
  }

  /// The error that says `key` has `problem`.
  func error(_ key: ConfigKey, _ problem: ConfigProblem) -> CheckpointError {
    let name = key.description
    guard let origins else { return .config(file: path, key: name, problem) }
    return .metadata(file: path, key: origins[name] ?? name, problem)
  }

  private func required(_ key: ConfigKey, _ kind: String) throws(CheckpointError) -> JSONValue {
    if let value = value(key) { return value }
    throw error(key, isNull(key) ? .wrongType(expected: kind, found: "null") : .missing)
  }

  private func isNull(_ key: ConfigKey) -> Bool {
    var value: JSONValue? = values
    for part in key.path { value = value?[part] }
    return value == .null
  }
}

/// A key of `config.json`, or of an object in it: `"hidden_size"`, `"rope_parameters.rope_theta"`.
struct ConfigKey: ExpressibleByStringLiteral, CustomStringConvertible {
  let description: String

  init(stringLiteral: String) { description = stringLiteral }

  /// The names from the outermost object inwards.
  var path: [String] { description.split(separator: ".").map(String.init) }
}

// MARK: - Typed values

extension ConfigFile {
  /// A whole number in `range`.
  func integer(_ key: ConfigKey, in range: ClosedRange<Int>) throws(CheckpointError) -> Int {
    let value = try required(key, "a whole number")
    guard let integer = value.integer else {
      throw error(key, .wrongType(expected: "a whole number", found: value.kind))
    }
    guard range.contains(integer) else {
      let allowed = "\(range.lowerBound) to \(range.upperBound)"
      throw error(key, .outOfRange(value: "\(integer)", allowed: allowed))
    }
    return integer
  }

  /// A whole number in `range`, or `nil` when the key is missing or `null`.
  func optionalInteger(
    _ key: ConfigKey, in range: ClosedRange<Int>
  ) throws(CheckpointError) -> Int? {
    value(key) == nil ? nil : try integer(key, in: range)
  }

  /// A number above 0.
  func positiveNumber(_ key: ConfigKey) throws(CheckpointError) -> Float {
    let value = try required(key, "a number")
    let number: Double
    switch value {
    case .integer(let integer): number = Double(integer)
    case .number(let double): number = double
    default: throw error(key, .wrongType(expected: "a number", found: value.kind))
    }
    guard Float(number) > 0, Float(number).isFinite else {
      throw error(key, .outOfRange(value: value.kind, allowed: "above 0 and finite"))
    }
    return Float(number)
  }

  /// A number above 0, or `nil` when the key is missing or `null`.
  func optionalPositiveNumber(_ key: ConfigKey) throws(CheckpointError) -> Float? {
    value(key) == nil ? nil : try positiveNumber(key)
  }

  /// `true` or `false`.
  func bool(_ key: ConfigKey) throws(CheckpointError) -> Bool {
    let value = try required(key, "true or false")
    guard let bool = value.bool else {
      throw error(key, .wrongType(expected: "true or false", found: value.kind))
    }
    return bool
  }

  /// A text.
  func text(_ key: ConfigKey) throws(CheckpointError) -> String {
    let value = try required(key, "a text")
    guard let text = value.text else {
      throw error(key, .wrongType(expected: "a text", found: value.kind))
    }
    return text
  }
}
