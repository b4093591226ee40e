/// The bytes of a GGUF file, right or wrong.
struct GGUFBytes {
  /// A value of the metadata.
  enum Value {
    case uint32(UInt32)
    case uint64(UInt64)
    case int32(Int32)
    case float32(Float)
    case bool(Bool)
    case text(String)
    case texts([String])
    case int32s([Int32])
    case floats([Float])
    /// A type's number, then bytes.
    case raw(UInt32, [UInt8])
  }

  /// A tensor: its dimensions innermost first, as files list them.
  struct Tensor {
    var name: String
    var dimensions: [UInt64]
    var type: UInt32 = 0
    /// From the start of the data; after the tensor before it if `nil`.
    var offset: UInt64?
    var data: [UInt8] = []
  }

  var magic = Array("GGUF".utf8)
  var version: UInt32 = 3
  var values: [(String, Value)] = []
  var tensors: [Tensor] = []
  var tensorCount: UInt64?
  var valueCount: UInt64?
  var alignment = 32

  /// The file.
  var bytes: [UInt8] {
    var bytes = magic + Self.bytes(version)
    bytes += Self.bytes(tensorCount ?? UInt64(tensors.count))
    bytes += Self.bytes(valueCount ?? UInt64(values.count))
    for (key, value) in values { bytes += Self.bytes(key) + value.bytes }
    var data: [UInt8] = []
    for tensor in tensors {
      bytes += Self.bytes(tensor.name) + Self.bytes(UInt32(tensor.dimensions.count))
      bytes += tensor.dimensions.flatMap(Self.bytes) + Self.bytes(tensor.type)
      bytes += Self.bytes(tensor.offset ?? UInt64(data.count))
      data += tensor.data
      data += padding(data.count)
    }
    return bytes + padding(bytes.count) + data
  }

  private func padding(_ count: Int) -> [UInt8] {
    [UInt8](repeating: 0, count: (alignment - count % alignment) % alignment)
  }

  static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }

  static func bytes(_ text: String) -> [UInt8] { bytes(UInt64(text.utf8.count)) + text.utf8 }
}

extension GGUFBytes.Value {
  fileprivate var bytes: [UInt8] {
    typealias Bytes = GGUFBytes
    func list(_ type: UInt32, _ count: Int, _ elements: [UInt8]) -> [UInt8] {
      Bytes.bytes(UInt32(9)) + Bytes.bytes(type) + Bytes.bytes(UInt64(count)) + elements
    }
    switch self {
    case .uint32(let number): return Bytes.bytes(UInt32(4)) + Bytes.bytes(number)
    case .int32(let number): return Bytes.bytes(UInt32(5)) + Bytes.bytes(number)
    case .float32(let number): return Bytes.bytes(UInt32(6)) + Bytes.bytes(number.bitPattern)
    case .bool(let bool): return Bytes.bytes(UInt32(7)) + [bool ? 1 : 0]
    case .text(let text): return Bytes.bytes(UInt32(8)) + Bytes.bytes(text)
    case .uint64(let number): return Bytes.bytes(UInt32(10)) + Bytes.bytes(number)
    case .texts(let texts): return list(8, texts.count, texts.flatMap { Bytes.bytes($0) })
    case .int32s(let numbers): return list(5, numbers.count, numbers.flatMap { Bytes.bytes($0) })
    case .floats(let numbers):
      return list(6, numbers.count, numbers.flatMap { Bytes.bytes($0.bitPattern) })
    case .raw(let type, let bytes): return Bytes.bytes(type) + bytes
    }
  }
}
