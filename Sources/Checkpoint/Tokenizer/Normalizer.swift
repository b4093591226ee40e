@_spi(_Unicode) import Swift

/// What is done to text before it is cut into pieces.
enum Normalizer: Sendable {
  /// Nothing.
  case none
  /// Unicode's canonical composition: `e` and a combining acute accent become `é`.
  case canonicalComposition

  /// Reads `normalizer`; other kinds are refused by name.
  init(_ part: TokenizerPart?) throws(CheckpointError) {
    guard let part else {
      self = .none
      return
    }
    guard part.type == "NFC" else { throw part.unsupported("null, NFC") }
    self = .canonicalComposition
  }

  /// The text after normalisation.
  func apply(_ text: String) -> String {
    switch self {
    case .none: return text
    case .canonicalComposition:
      var result = ""
      // The standard library's own composition, which string comparison uses; there is no other in
      // it, and no Foundation here.
      result.unicodeScalars.append(contentsOf: text._nfc)
      return result
    }
  }

  /// The bytes of a part of a text after normalisation: `bytes` itself where nothing changes.
  func apply(_ bytes: [UInt8], _ range: Range<Int>) -> (bytes: [UInt8], range: Range<Int>) {
    // All characters below U+0300, whose first byte is 0xCC, are composed already.
    guard case .canonicalComposition = self, bytes[range].contains(where: { $0 >= 0xCC }) else {
      return (bytes, range)
    }
    let normalized = Array(apply(String(decoding: bytes[range], as: UTF8.self)).utf8)
    return (normalized, 0..<normalized.count)
  }
}
