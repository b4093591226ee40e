/// What stands before the data of a GGUF file, read and checked: every tensor lies inside the file
/// and apart from all others.
struct GGUFHeader {
  /// The four bytes that every GGUF file starts with.
  static let magic = Array("GGUF".utf8)
  /// Where data start on a multiple of unless the file says otherwise, in bytes.
  private static let standardAlignment = 32
  /// Largest alignment read; more would be no alignment but a hole.
  private static let largestAlignment = 1 << 24

  /// The metadata, by key.
  private(set) var values: [String: GGUFValue] = [:]
  /// The tensors, in the order of their bytes.
  private(set) var tensors: [GGUFTensor] = []

  private let file: String
  private var alignment = standardAlignment

  /// Reads the header of a mapped file.
  init(of mapped: MappedFile) throws(CheckpointError) {
    file = mapped.path
    var reader = GGUFReader(mapped)
    try Self.checkStart(&reader, mapped)
    // A tensor takes 24 bytes at least, a value 13.
    let tensorCount = try reader.count(of: "tensors", atLeast: 24)
    let valueCount = try reader.count(of: "metadata values", atLeast: 13)
    try readValues(valueCount, from: &reader)
    var descriptions: [TensorDescription] = []
    descriptions.reserveCapacity(tensorCount)
    for _ in 0..<tensorCount { descriptions.append(try description(from: &reader)) }
    let start = (reader.offset + alignment - 1) / alignment * alignment
    tensors.reserveCapacity(tensorCount)
    for description in descriptions {
      tensors.append(try description.tensor(start: start, alignment: alignment, mapped))
    }
    try checkNames()
    try checkLayout()
  }

  /// Checks the magic bytes and the version.
  private static func checkStart(
    _ reader: inout GGUFReader, _ mapped: MappedFile
  ) throws(CheckpointError) {
    let magic = mapped.copy(of: 0..<min(mapped.count, magic.count))
    guard magic == Self.magic else {
      throw .gguf(file: mapped.path, mapped.isLargeFilePointer ? .largeFilePointer : .noMagic)
    }
    try reader.skip(magic.count)
    let version = try reader.integer(UInt32.self)
    guard version & 0xFFFF != 0 else { throw .gguf(file: mapped.path, .bigEndian) }
    guard (2...3).contains(version) else { throw .gguf(file: mapped.path, .version(version)) }
  }

  private mutating func readValues(
    _ count: Int, from reader: inout GGUFReader
  ) throws(CheckpointError) {
    values.reserveCapacity(count)
    for _ in 0..<count {
      let key = try reader.name(of: "key")
      let type = try reader.valueType(of: key, file: file)
      let value = try reader.value(of: key, type, file: file)
      guard values.updateValue(value, forKey: key) == nil else {
        throw .gguf(file: file, .duplicateKey(key))
      }
    }
    let key = "general.alignment"
    guard let value = values[key] else { return }
    guard case .integer(let number) = value, (1...Self.largestAlignment).contains(number),
      number.nonzeroBitCount == 1
    else {
      throw .metadata(
        file: file, key: key, .wrongType(expected: "a power of two", found: "\(value)"))
    }
    alignment = number
  }

  private func description(from reader: inout GGUFReader) throws(CheckpointError)
    -> TensorDescription
  {
    let name = try reader.name(of: "tensor")
    let dimensions = try reader.integer(UInt32.self)
    guard (1...4).contains(dimensions) else {
      throw .tensor(file: file, tensor: name, .gguf(.dimensions(Int(dimensions))))
    }
    var shape: [UInt64] = []
    for _ in 0..<dimensions { shape.append(try reader.integer()) }
    let number = try reader.integer(UInt32.self)
    guard let type = GGUFTensorType(number: number) else {
      throw .tensor(file: file, tensor: name, .gguf(.unknownType(number)))
    }
    return TensorDescription(
      name: name, type: type, dimensions: shape, offset: try reader.integer())
  }

  private func checkNames() throws(CheckpointError) {
    var seen = Set<String>(minimumCapacity: tensors.count)
    for tensor in tensors where !seen.insert(tensor.name).inserted {
      throw .gguf(file: file, .duplicateTensor(tensor.name))
    }
  }

  /// Sorts the tensors by place and checks that none lies in another.
  private mutating func checkLayout() throws(CheckpointError) {
    tensors.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    for (previous, tensor) in zip(tensors, tensors.dropFirst())
    where tensor.range.lowerBound < previous.range.upperBound {
      throw .tensor(file: file, tensor: tensor.name, .overlaps(previous.name))
    }
  }
}

/// A tensor as the header describes it, before it is known where the data start.
private struct TensorDescription {
  var name: String
  var type: GGUFTensorType
  /// The innermost first.
  var dimensions: [UInt64]
  /// From the start of the data, in bytes.
  var offset: UInt64

  func tensor(
    start: Int, alignment: Int, _ mapped: MappedFile
  ) throws(CheckpointError) -> GGUFTensor {
    func problem(_ problem: TensorProblem) -> CheckpointError {
      .tensor(file: mapped.path, tensor: name, problem)
    }
    let shape = dimensions.reversed().map { Int(exactly: $0) ?? .max }
    guard let size = byteCount(shape) else { throw problem(.shapeOverflows(shape)) }
    let width = shape.last ?? 0
    guard width % type.elements == 0 else {
      throw problem(
        .gguf(.brokenBlocks(width: width, type: type.name, elements: type.elements)))
    }
    guard offset % UInt64(alignment) == 0 else {
      throw problem(.gguf(.misaligned(offset: offset, alignment: alignment)))
    }
    let available = max(mapped.count - start, 0)
    guard offset <= UInt64(available), size <= available - Int(offset) else {
      let end = Int(exactly: offset).flatMap { first in
        let (end, overflow) = first.addingReportingOverflow(size)
        return overflow ? nil : end
      }
      throw problem(.outOfRange(end: end ?? .max, available: available))
    }
    let first = start + Int(offset)
    return GGUFTensor(name: name, type: type, shape: shape, range: first..<first + size)
  }

  /// Bytes of so many elements; `nil` if no memory has as many.
  private func byteCount(_ shape: [Int]) -> Int? {
    var product = 1
    for dimension in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
      guard !overflow, next > 0 else { return nil }
      product = next
    }
    let (bytes, overflow) = (product / type.elements).multipliedReportingOverflow(by: type.bytes)
    return overflow ? nil : bytes
  }
}
