/// The metadata of a GGUF file, by key.
struct GGUFMetadata: Sendable {
  /// The file, for messages and for texts and lists that still lie in it.
  let mapped: MappedFile
  private let values: [String: GGUFValue]

  /// The metadata of a file.
  init(of file: GGUFFile) { (mapped, values) = (file.mapped, file.values) }

  /// The path of the file.
  var path: String { mapped.path }

  /// The value of `key`, or `nil`.
  subscript(key: String) -> GGUFValue? { values[key] }

  /// The error that says `key` has `problem`.
  func error(_ key: String, _ problem: ConfigProblem) -> CheckpointError {
    .metadata(file: path, key: key, problem)
  }

  /// The value of a key that must be there.
  func required(_ key: String) throws(CheckpointError) -> GGUFValue {
    guard let value = values[key] else { throw error(key, .missing) }
    return value
  }

  /// The text of a key, or `nil` where it is missing.
  func text(_ key: String) throws(CheckpointError) -> String? {
    guard let value = values[key] else { return nil }
    guard case .text(let range) = value else {
      throw error(key, .wrongType(expected: "a text", found: value.kind))
    }
    return mapped.text(in: range)
  }

  /// A whole number that is not negative, or `nil` where it is missing.
  func count(_ key: String) throws(CheckpointError) -> Int? {
    guard let value = values[key] else { return nil }
    guard case .integer(let number) = value, number >= 0 else {
      throw error(
        key, .wrongType(expected: "a whole number, not negative", found: value.kind))
    }
    return number
  }

  /// `true` or `false`, or `nil` where it is missing.
  func bool(_ key: String) throws(CheckpointError) -> Bool? {
    guard let value = values[key] else { return nil }
    guard case .bool(let bool) = value else {
      throw error(key, .wrongType(expected: "true or false", found: value.kind))
    }
    return bool
  }
}

// MARK: - Lists

extension GGUFMetadata {
  /// The texts of a list, or `nil` where it is missing.
  func texts(_ key: String) throws(CheckpointError) -> [String]? {
    guard let list = try list(key, "texts", { $0 == .text }) else { return nil }
    var reader = GGUFReader(mapped, offset: list.range.lowerBound)
    var texts: [String] = []
    texts.reserveCapacity(list.count)
    for _ in 0..<list.count { texts.append(mapped.text(in: try reader.textRange())) }
    return texts
  }

  /// The numbers of a list, or `nil` where it is missing.
  func numbers(_ key: String) throws(CheckpointError) -> [Double]? {
    try scalars(key, "numbers") { value in
      switch value {
      case .integer(let number): Double(number)
      case .number(let number): number
      default: nil
      }
    }
  }

  /// The whole numbers of a list, or `nil` where it is missing.
  func integers(_ key: String) throws(CheckpointError) -> [Int]? {
    try scalars(key, "whole numbers") { value in
      if case .integer(let number) = value { number } else { nil }
    }
  }

  /// The truth values of a list, or `nil` where it is missing.
  func bools(_ key: String) throws(CheckpointError) -> [Bool]? {
    try scalars(key, "truth values") { value in
      if case .bool(let bool) = value { bool } else { nil }
    }
  }

  private func list(
    _ key: String, _ kind: String, _ isRight: (GGUFValueType) -> Bool
  ) throws(CheckpointError) -> GGUFList? {
    guard let value = values[key] else { return nil }
    guard case .list(let list) = value, isRight(list.type) else {
      throw error(key, .wrongType(expected: "a list of \(kind)", found: value.kind))
    }
    return list
  }

  private func scalars<Scalar>(
    _ key: String, _ kind: String, _ scalar: (GGUFValue) -> Scalar?
  ) throws(CheckpointError) -> [Scalar]? {
    guard let list = try list(key, kind, { $0.byteCount != nil }) else { return nil }
    var reader = GGUFReader(mapped, offset: list.range.lowerBound)
    var scalars: [Scalar] = []
    scalars.reserveCapacity(list.count)
    for _ in 0..<list.count {
      let value = try reader.scalar(list.type)
      guard let scalar = scalar(value) else {
        throw error(key, .wrongType(expected: "a list of \(kind)", found: "one of others"))
      }
      scalars.append(scalar)
    }
    return scalars
  }
}

extension GGUFValue {
  /// What it is, for a message.
  var kind: String {
    switch self {
    case .integer(let number): "\(number)"
    case .number(let number): "\(number)"
    case .bool(let bool): bool ? "true" : "false"
    case .text: "a text"
    case .list: "a list"
    }
  }
}
