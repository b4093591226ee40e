import ArgumentParser
import Measurement

/// A number of bytes as people write it: `6GiB`, `512MiB`, `20GB`, `1000000`.
struct ByteSize: ExpressibleByArgument {
  let bytes: Int

  private static let units: [(ending: String, bytes: Double)] = [
    ("KIB", 0x1p10), ("MIB", 0x1p20), ("GIB", 0x1p30), ("TIB", 0x1p40),
    ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1), ("", 1),
  ]

  /// Reads a size; `nil` for anything else, and for less than measuring needs.
  init?(argument: String) {
    guard let bytes = Self.bytes(argument), bytes >= MemoryBudget.least else { return nil }
    self.bytes = bytes
  }

  /// The bytes a text stands for, or `nil`.
  static func bytes(_ text: String) -> Int? {
    let text = text.uppercased()
    guard let unit = units.first(where: { text.hasSuffix($0.ending) }),
      let number = Double(text.dropLast(unit.ending.count)), number.isFinite
    else { return nil }
    let bytes = number * unit.bytes
    return bytes >= 1 && bytes < 1e18 ? Int(bytes) : nil
  }
}

/// The size of a model under a plan, as people write it.
struct PlanSize: ExpressibleByArgument {
  let bytes: Int

  /// Reads a size; `nil` for anything else.
  init?(argument: String) {
    guard let bytes = ByteSize.bytes(argument) else { return nil }
    self.bytes = bytes
  }
}
