/// A 128-bit hash of many bytes in little time: two FNV-1a lanes over whole words.
///
/// `Fingerprint` itself works byte by byte, too slowly for the names of ten thousand tensors.
struct QuickHash {
  private var first: UInt64 = 0xCBF2_9CE4_8422_2325
  private var second: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// The state, 128 bits.
  var words: [UInt64] { [first, second] }

  /// Adds a word.
  mutating func combine(_ word: UInt64) {
    first = (first ^ word) &* 0x0000_0100_0000_01B3
    first ^= first >> 29
    second = (second ^ word) &* 0xFF51_AFD7_ED55_8CCD
    second ^= second >> 32
  }

  /// Adds bytes and their number.
  mutating func combine(_ bytes: [UInt8]) {
    var index = 0
    while index < bytes.count {
      var word: UInt64 = 0
      for byte in bytes[index..<min(index + 8, bytes.count)] { word = word << 8 | UInt64(byte) }
      combine(word)
      index += 8
    }
    combine(UInt64(bytes.count))
  }
}
