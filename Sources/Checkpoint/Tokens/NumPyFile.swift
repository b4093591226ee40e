/// An array of integers as NumPy writes it to an `.npy` file: versions 1 to 3 of the format,
/// little-endian, in rows.
struct NumPyFile {
  /// The dimensions, outermost first.
  let shape: [Int]
  /// The elements, row by row.
  let integers: [Int]

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Reads an array.
  init(path: String) throws(CheckpointError) {
    let mapped = try MappedFile(path: path)
    let bytes = mapped.copy(of: 0..<mapped.count)
    let (header, start) = try Self.header(of: bytes, path)
    let type = try Self.type(header, path)
    let shape = try Self.shape(header, path)
    if shape.count > 1, header.contains("'fortran_order': True") {
      throw .tokens(file: path, .columnOrder)
    }
    var size = type.size
    for dimension in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw .tokens(file: path, .header("its shape is too large")) }
      size = product
    }
    guard bytes.count - start == size else {
      throw .tokens(file: path, .size(bytes: bytes.count - start, expected: size))
    }
    self.shape = shape
    integers = stride(from: start, to: bytes.count, by: type.size).map { place in
      var word: UInt64 = 0
      for byte in bytes[place..<(place + type.size)].reversed() { word = word << 8 | UInt64(byte) }
      let unused = UInt64(64 - type.size * 8)
      return type.isSigned
        ? Int(Int64(bitPattern: word << unused) >> Int64(unused)) : Int(truncatingIfNeeded: word)
    }
  }

  /// The text of the header, and where the data start.
  private static func header(
    of bytes: [UInt8], _ path: String
  ) throws(CheckpointError) -> (text: String, end: Int) {
    guard bytes.starts(with: magic) else { throw .tokens(file: path, .notNumPy) }
    let isShort = bytes.count > 6 && bytes[6] == 1
    let start = isShort ? 10 : 12
    guard bytes.count >= start else { throw .tokens(file: path, .header("it is cut off")) }
    guard (1...3).contains(bytes[6]) else {
      throw .tokens(file: path, .header("it is of version \(bytes[6])"))
    }
    let length = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= bytes.count - start else {
      throw .tokens(file: path, .header("it is cut off"))
    }
    let end = start + length
    guard let text = String(validating: bytes[start..<end], as: UTF8.self) else {
      throw .tokens(file: path, .header("it is no text"))
    }
    return (text, end)
  }

  private static func type(
    _ header: String, _ path: String
  ) throws(CheckpointError) -> (size: Int, isSigned: Bool) {
    guard let text = value(of: "descr", in: header, until: ","), text.count > 2 else {
      throw .tokens(file: path, .header("it does not say the type"))
    }
    switch text.dropFirst().dropLast() {
    case "<i4": return (4, true)
    case "<i8": return (8, true)
    case "<u2": return (2, false)
    case "<u4": return (4, false)
    default: throw .tokens(file: path, .type(text))
    }
  }

  private static func shape(_ header: String, _ path: String) throws(CheckpointError) -> [Int] {
    guard let text = value(of: "shape", in: header, until: ")"), text.first == "(" else {
      throw .tokens(file: path, .header("it does not say the shape"))
    }
    var shape: [Int] = []
    for part in text.dropFirst().split(separator: ",") {
      let digits = part.filter { $0 != " " }
      if digits.isEmpty { continue }
      guard let dimension = Int(digits), dimension >= 0 else {
        throw .tokens(file: path, .header("its shape is no list of numbers"))
      }
      shape.append(dimension)
    }
    return shape
  }

  /// What follows a key of the header, up to a character that ends it.
  private static func value(of key: String, in header: String, until end: Character) -> String? {
    let parts = Array(header.utf8)
    let mark = Array("'\(key)':".utf8)
    guard parts.count >= mark.count else { return nil }
    let start = (0...(parts.count - mark.count)).first { parts[$0...].starts(with: mark) }
    guard let start else { return nil }
    let rest = String(decoding: parts[(start + mark.count)...], as: UTF8.self)
    guard let stop = rest.firstIndex(of: end) else { return nil }
    return String(rest[..<stop].drop { $0 == " " })
  }
}
