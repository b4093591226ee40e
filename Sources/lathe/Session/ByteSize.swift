import ArgumentParser
import Measurement
import Model

/// A number of bytes that measuring keeps within.
struct ByteSize: ExpressibleByArgument {
  let bytes: Int

  /// Reads a size; `nil` for anything else, and for less than measuring needs.
  init?(argument: String) {
    guard let count = ByteCount(parsing: argument), count.bytes >= MemoryBudget.least else {
      return nil
    }
    bytes = count.bytes
  }
}
