import Model

/// Writes safetensors files: header, then the tensors' bytes, wider types first so that all are
/// aligned, then by name; the same input always gives the same bytes.
public enum SafetensorsWriter {
  /// A tensor to write.
  public struct Tensor: Sendable {
    /// Its name.
    public var name: String
    /// The type of its elements.
    public var type: StoredType
    /// Its shape, outermost dimension first.
    public var shape: [Int]
    /// Its elements, row-major, little-endian.
    public var bytes: [UInt8]

    /// Describes a tensor; the bytes must be as many as type and shape need.
    public init(name: String, type: StoredType, shape: [Int], bytes: [UInt8]) {
      precondition(bytes.count == shape.reduce(type.byteCount, *), "\(name) has the wrong size")
      self.name = name
      self.type = type
      self.shape = shape
      self.bytes = bytes
    }

    /// A float32 tensor.
    public init(name: String, shape: [Int], floats: [Float]) {
      self.init(
        name: name, type: .float32, shape: shape,
        bytes: floats.flatMap { $0.bitPattern.littleEndianBytes })
    }

    /// An int64 tensor.
    public init(name: String, shape: [Int], integers: [Int]) {
      self.init(
        name: name, type: .int64, shape: shape,
        bytes: integers.flatMap { Int64($0).littleEndianBytes })
    }
  }

  /// Writes a file at `path`; it appears only when it is complete.
  ///
  /// - Precondition: the names differ.
  public static func write(
    _ tensors: [Tensor], metadata: [String: String] = [:], to path: String
  ) throws(CheckpointError) {
    let ordered = tensors.sorted {
      ($1.type.byteCount, $0.name) < ($0.type.byteCount, $1.name)
    }
    precondition(Set(tensors.map(\.name)).count == tensors.count, "two tensors of one name")
    let header = header(of: ordered, metadata: metadata)
    var file = try AtomicFile(path: path)
    try file.write(UInt64(header.count).littleEndianBytes)
    try file.write(header)
    for tensor in ordered { try file.write(tensor.bytes) }
    try file.commit()
  }

  private static func header(of tensors: [Tensor], metadata: [String: String]) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
        .map { "\($0.key.jsonQuoted):\($0.value.jsonQuoted)" }
      members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for tensor in tensors {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      let end = offset + tensor.bytes.count
      members.append(
        "\(tensor.name.jsonQuoted):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    let text = Array("{\(members.joined(separator: ","))}".utf8)
    // Spaces up to a multiple of 8, so that the data starts aligned.
    return text + [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
  }
}

extension FixedWidthInteger {
  fileprivate var littleEndianBytes: [UInt8] {
    (0..<(Self.bitWidth / 8)).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) }
  }
}
