import Model

/// The header of a safetensors file, read and checked as the reference library does: every byte of
/// the file after the header belongs to exactly one tensor.
struct SafetensorsHeader {
  /// The format's limit for the header, in bytes.
  static let maximumLength = 100_000_000
  /// Bytes of the field that holds the header's length.
  static let lengthFieldSize = 8

  /// The tensors, in the order of their bytes.
  private(set) var entries: [SafetensorsEntry] = []
  /// What the writer noted about the file.
  private(set) var metadata: [String: String] = [:]

  private let file: String
  private let dataStart: Int
  private let dataSize: Int

  /// Reads the header of a mapped file.
  init(of mapped: MappedFile) throws(CheckpointError) {
    file = mapped.path
    let length = try Self.length(of: mapped)
    dataStart = Self.lengthFieldSize + length
    dataSize = mapped.count - dataStart
    let bytes = mapped.copy(of: Self.lengthFieldSize..<dataStart)
    guard case .object(let members) = try JSONParser.parse(bytes, file: file) else {
      throw .header(file: file, .notAnObject)
    }
    entries.reserveCapacity(members.count)
    for member in members {
      if member.key == "__metadata__" {
        try readMetadata(member.value)
      } else {
        entries.append(try entry(member))
      }
    }
    try checkNames()
    try checkLayout()
  }

  private static func length(of mapped: MappedFile) throws(CheckpointError) -> Int {
    guard mapped.count >= lengthFieldSize else {
      throw .header(file: mapped.path, .shorterThanLengthField(size: mapped.count))
    }
    let length = mapped.copy(of: 0..<lengthFieldSize)
      .reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(mapped.count - lengthFieldSize) else {
      if mapped.isLargeFilePointer { throw .header(file: mapped.path, .largeFilePointer) }
      throw .header(file: mapped.path, .longerThanFile(header: length, size: mapped.count))
    }
    guard length <= UInt64(maximumLength) else {
      throw .header(file: mapped.path, .tooLong(header: length, limit: maximumLength))
    }
    return Int(length)
  }

  private mutating func readMetadata(_ value: JSONValue) throws(CheckpointError) {
    guard case .object(let members) = value else {
      throw .header(file: file, .metadataNotStrings)
    }
    for member in members {
      guard let text = member.value.text else { throw .header(file: file, .metadataNotStrings) }
      metadata[member.key] = text
    }
  }

  private func entry(_ member: JSONValue.Member) throws(CheckpointError) -> SafetensorsEntry {
    let name = member.key
    let type = try type(of: name, member.value["dtype"])
    let shape = try integers(of: name, "shape", member.value["shape"])
    let offsets = try integers(of: name, "data_offsets", member.value["data_offsets"])
    guard offsets.count == 2 else {
      throw problem(name, .field("data_offsets", expected: "a list of two whole numbers"))
    }
    let (begin, end) = (offsets[0], offsets[1])
    guard begin <= end else { throw problem(name, .offsetsReversed(begin: begin, end: end)) }
    guard end <= dataSize else { throw problem(name, .outOfRange(end: end, available: dataSize)) }
    let expected = try byteCount(of: name, shape, type)
    guard end - begin == expected else {
      throw problem(name, .sizeMismatch(bytes: end - begin, expected: expected))
    }
    return SafetensorsEntry(
      name: name, type: type, shape: shape, range: (dataStart + begin)..<(dataStart + end))
  }

  private func problem(_ name: String, _ problem: TensorProblem) -> CheckpointError {
    .tensor(file: file, tensor: name, problem)
  }

  private func type(of name: String, _ value: JSONValue?) throws(CheckpointError) -> StoredType {
    guard let text = value?.text else {
      throw problem(name, .field("dtype", expected: "the name of a type"))
    }
    guard let type = StoredType(rawValue: text) else { throw problem(name, .unknownType(text)) }
    return type
  }

  private func integers(
    of name: String, _ field: String, _ value: JSONValue?
  ) throws(CheckpointError) -> [Int] {
    let problem = problem(name, .field(field, expected: "a list of whole numbers, none negative"))
    guard let elements = value?.elements else { throw problem }
    var integers: [Int] = []
    integers.reserveCapacity(elements.count)
    for element in elements {
      guard let integer = element.integer, integer >= 0 else { throw problem }
      integers.append(integer)
    }
    return integers
  }

  private func byteCount(
    of name: String, _ shape: [Int], _ type: StoredType
  ) throws(CheckpointError) -> Int {
    var product = type.byteCount
    for dimension in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw problem(name, .shapeOverflows(shape)) }
      product = next
    }
    return product
  }

  private func checkNames() throws(CheckpointError) {
    var seen = Set<String>(minimumCapacity: entries.count)
    for entry in entries where !seen.insert(entry.name).inserted {
      throw .header(file: file, .duplicateTensor(entry.name))
    }
  }

  /// Sorts the tensors by place and checks that they fill the data section without overlap.
  private mutating func checkLayout() throws(CheckpointError) {
    entries.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var end = dataStart
    var previous = ""
    for entry in entries {
      guard entry.range.lowerBound >= end else { throw problem(entry.name, .overlaps(previous)) }
      let hole = entry.range.lowerBound - end
      guard hole == 0 else { throw .header(file: file, .hole(before: entry.name, bytes: hole)) }
      (end, previous) = (entry.range.upperBound, entry.name)
    }
    guard end == dataStart + dataSize else {
      throw .header(file: file, .trailing(bytes: dataStart + dataSize - end))
    }
  }
}
