/// A number of bytes as people write it: `6GiB`, `512MiB`, `20GB`, `1000000`.
public struct ByteCount: Hashable, Sendable {
  /// The bytes, at least 1.
  public let bytes: Int

  private static let units: [(ending: String, bytes: Double)] = [
    ("KIB", 0x1p10), ("MIB", 0x1p20), ("GIB", 0x1p30), ("TIB", 0x1p40),
    ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1), ("", 1),
  ]

  /// Reads a number with or without a unit; `nil` for anything else, and for less than 1 byte.
  public init?(parsing text: String) {
    let text = String(text.filter { $0 != " " }).uppercased()
    guard let unit = Self.units.first(where: { text.hasSuffix($0.ending) }),
      let number = Double(text.dropLast(unit.ending.count)), number.isFinite
    else { return nil }
    let bytes = number * unit.bytes
    guard bytes >= 1, bytes < 1e18 else { return nil }
    self.bytes = Int(bytes)
  }
}
