import FoundationEssentials

/// Prints one JSON object.
enum JSONOutput {
  /// Prints a value to standard output.
  static func print(_ value: some Encodable) throws(CommandFailure) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      let data = try encoder.encode(value)
      Swift.print(String(decoding: data, as: UTF8.self))
    } catch {
      throw CommandFailure(.work, "json", "the result holds a number that JSON cannot write")
    }
  }
}
