import FoundationEssentials

/// One message per line: JSON without line feeds, then a line feed.
public enum LineCoding {
  /// The bytes of a message, line feed included.
  ///
  /// - Throws: `EncodingError` for values JSON cannot carry.
  public static func encode(_ message: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    return [UInt8](try encoder.encode(message)) + [UInt8(ascii: "\n")]
  }

  /// The message in a line.
  ///
  /// - Throws: `DecodingError` when the line is not such a message.
  public static func decode<Message: Decodable>(
    _ type: Message.Type, from line: [UInt8]
  ) throws -> Message {
    try JSONDecoder().decode(type, from: Data(line))
  }
}

/// Cuts a stream of bytes into lines.
public struct LineSplitter: Sendable {
  private var pending: [UInt8] = []

  /// A splitter at the start of a stream.
  public init() {}

  /// Adds bytes; returns the lines they complete, without their line feeds.
  public mutating func append(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        if !pending.isEmpty { lines.append(pending) }
        pending.removeAll()
      } else {
        pending.append(byte)
      }
    }
    return lines
  }
}
