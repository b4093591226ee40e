/// The alphabet of byte-level BPE: each byte is written as one visible character, so that a
/// vocabulary is plain text (GPT-2's `bytes_to_unicode`).
///
/// Visible Latin-1 characters stand for themselves; the other 68 bytes take U+0100, U+0101 … in
/// order, so that a space is `Ġ`.
enum ByteLevelAlphabet {
  /// The character of each byte.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt8 = 0
    return (0...255).map { (byte: UInt8) in
      if isVisible(byte) { return Unicode.Scalar(byte) }
      defer { next += 1 }
      // U+0100 to U+0143: far from the surrogates.
      return Unicode.Scalar(0x100 + UInt16(next)) ?? "?"
    }
  }()

  private static let bytes: [Unicode.Scalar: UInt8] = Dictionary(
    uniqueKeysWithValues: zip(scalars, UInt8.min...UInt8.max))

  /// The bytes that a vocabulary's token stands for; `nil` if it has a character of no byte.
  static func bytes(of token: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(token.utf8.count)
    for scalar in token.unicodeScalars {
      guard let byte = bytes[scalar] else { return nil }
      result.append(byte)
    }
    return result
  }

  private static func isVisible(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: true
    default: false
    }
  }
}
