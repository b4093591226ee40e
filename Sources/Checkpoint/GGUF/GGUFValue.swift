/// A value of a GGUF file's metadata; texts and lists stay in the file until they are asked for.
enum GGUFValue: Equatable, Sendable {
  case integer(Int)
  case number(Double)
  case bool(Bool)
  /// Where a text's bytes lie in the file.
  case text(Range<Int>)
  case list(GGUFList)
}

/// A list of a GGUF file's metadata, which may have hundreds of thousands of elements.
struct GGUFList: Equatable, Sendable {
  /// The type of its elements.
  var type: GGUFValueType
  /// How many there are.
  var count: Int
  /// Where they lie in the file.
  var range: Range<Int>
}

/// The types of metadata values, by the number that files store.
enum GGUFValueType: UInt32, Sendable {
  case uint8, int8, uint16, int16, uint32, int32, float32, bool, text, list, uint64, int64, float64

  /// Bytes of a value; `nil` where they differ.
  var byteCount: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .text, .list: nil
    }
  }
}

extension GGUFReader {
  /// Lists may hold lists; deeper ones than this are no metadata that anyone writes.
  private static let deepestList = 4

  /// The type of a value.
  mutating func valueType(
    of key: String, file: String
  ) throws(CheckpointError) -> GGUFValueType {
    let number = try integer(UInt32.self)
    guard let type = GGUFValueType(rawValue: number) else {
      throw .gguf(file: file, .unknownValueType(key: key, number))
    }
    return type
  }

  /// The value of a key.
  mutating func value(
    of key: String, _ type: GGUFValueType, file: String
  ) throws(CheckpointError) -> GGUFValue {
    switch type {
    case .text: return .text(try textRange())
    case .list: return .list(try list(of: key, file: file, depth: 1))
    default: return try scalar(type)
    }
  }

  /// A value of a type that takes a fixed number of bytes.
  mutating func scalar(_ type: GGUFValueType) throws(CheckpointError) -> GGUFValue {
    switch type {
    case .uint8: .integer(Int(try integer(UInt8.self)))
    case .int8: .integer(Int(try integer(Int8.self)))
    case .uint16: .integer(Int(try integer(UInt16.self)))
    case .int16: .integer(Int(try integer(Int16.self)))
    case .uint32: .integer(Int(try integer(UInt32.self)))
    case .int32: .integer(Int(try integer(Int32.self)))
    case .int64: .integer(Int(try integer(Int64.self)))
    case .uint64: Self.value(try integer(UInt64.self))
    case .bool: .bool(try integer(UInt8.self) != 0)
    case .float32: .number(Double(Float(bitPattern: try integer(UInt32.self))))
    case .float64: .number(Double(bitPattern: try integer(UInt64.self)))
    case .text, .list: preconditionFailure("texts and lists have no fixed size")
    }
  }

  private static func value(_ number: UInt64) -> GGUFValue {
    Int(exactly: number).map(GGUFValue.integer) ?? .number(Double(number))
  }

  private mutating func list(
    of key: String, file: String, depth: Int
  ) throws(CheckpointError) -> GGUFList {
    let type = try valueType(of: key, file: file)
    guard depth <= Self.deepestList else { throw .gguf(file: file, .nestedTooDeep(key: key)) }
    // A text takes 8 bytes for its length at least, a list 12.
    let count = try count(of: "elements of \(key)", atLeast: type.byteCount ?? 8)
    let start = offset
    if let size = type.byteCount {
      try skip(size * count)
    } else {
      for _ in 0..<count {
        if type == .text {
          _ = try textRange()
        } else {
          _ = try list(of: key, file: file, depth: depth + 1)
        }
      }
    }
    return GGUFList(type: type, count: count, range: start..<offset)
  }
}
