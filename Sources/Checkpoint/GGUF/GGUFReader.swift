/// Reads a GGUF file's header from its start, checking every count and length against what is left
/// of the file before anything is made of it.
struct GGUFReader {
  private let mapped: MappedFile
  /// The byte that is read next.
  private(set) var offset: Int

  /// Starts at a byte of the file.
  init(_ mapped: MappedFile, offset: Int = 0) {
    self.mapped = mapped
    self.offset = offset
  }

  /// Bytes from here to the end of the file.
  var left: Int { mapped.count - offset }

  /// A little-endian whole number.
  @inline(__always)
  mutating func integer<Value: FixedWidthInteger & BitwiseCopyable & Sendable>(
    _ type: Value.Type = Value.self
  ) throws(CheckpointError) -> Value {
    let size = MemoryLayout<Value>.size
    guard left >= size else { throw ended() }
    defer { offset += size }
    return mapped.withBytes(in: offset..<offset + size) { bytes in
      // The span has exactly the integer's bytes, and any bits are an integer.
      Value(littleEndian: unsafe bytes.unsafeLoadUnaligned(as: Value.self))
    }
  }

  /// A number of things that take at least `size` bytes each, so that no file can make a reader
  /// allocate more than it holds.
  mutating func count(
    of thing: String, atLeast size: Int
  ) throws(CheckpointError) -> Int {
    let count = try integer(UInt64.self)
    guard count <= UInt64(left / max(size, 1)) else {
      throw .gguf(file: mapped.path, .impossibleCount(of: thing, count))
    }
    return Int(count)
  }

  /// Where the bytes of a text lie; goes past it.
  @inline(__always)
  mutating func textRange() throws(CheckpointError) -> Range<Int> {
    let length = try integer(UInt64.self)
    guard length <= UInt64(left) else { throw ended() }
    let range = offset..<offset + Int(length)
    offset = range.upperBound
    return range
  }

  /// The longest name of a key or tensor; the format allows 65,535 bytes for keys and 64 for tensors.
  private static let longestName = 65_535

  /// The name of a key or of a tensor.
  mutating func name(of thing: String) throws(CheckpointError) -> String {
    let start = offset
    let range = try textRange()
    guard range.count <= Self.longestName,
      let name = mapped.validText(in: range)
    else { throw .gguf(file: mapped.path, .nameNotText(of: thing, byte: start)) }
    return name
  }

  /// Goes past so many bytes.
  mutating func skip(_ count: Int) throws(CheckpointError) {
    guard count <= left else { throw ended() }
    offset += count
  }

  private func ended() -> CheckpointError {
    .gguf(file: mapped.path, .endsInHeader(size: mapped.count))
  }
}
