@_spi(_Unicode) import Swift

/// Unicode's canonical composition (NFC) as the library does it.
enum CanonicalComposition {
  /// The version of Unicode that the library composes with; it leaves characters that came later
  /// where they are, and composes nothing over them.
  private static let unicodeVersion = 9

  /// The composed bytes; `nil` where nothing changes.
  static func apply(_ bytes: [UInt8], _ range: Range<Int>) -> [UInt8]? {
    var result: [UInt8] = []
    var copied = range.lowerBound
    var last = range.lowerBound
    var position = range.lowerBound
    while position < range.upperBound {
      guard mayChange(bytes, at: position) else {
        last = position
        position += bytes.character(at: position).length
        continue
      }
      // The character before may take marks in; the next one that cannot change starts anew.
      var end = position
      while end < range.upperBound, mayChange(bytes, at: end) {
        end += bytes.character(at: end).length
      }
      let composed = compose(bytes[last..<end])
      result += bytes[copied..<last]
      result += composed
      (copied, last, position) = (end, end, end)
    }
    guard copied > range.lowerBound else { return nil }
    return result + bytes[copied..<range.upperBound]
  }

  private static func compose(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var part = ""
    func flush() {
      // The standard library's own composition, which string comparison uses; there is no other in
      // it, and no Foundation here.
      for scalar in part._nfc { result += Array(String(scalar).utf8) }
      part = ""
    }
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      if (scalar.properties.age?.major ?? 0) > unicodeVersion {
        flush()
        result += Array(String(scalar).utf8)
      } else {
        part.unicodeScalars.append(scalar)
      }
    }
    flush()
    return result
  }

  /// Whether the character at `position` is outside the large ranges without marks, parts of
  /// syllables or other spellings.
  @inline(__always)
  private static func mayChange(_ bytes: [UInt8], at position: Int) -> Bool {
    // All characters below U+0300, whose first byte is 0xCC, are composed already.
    guard bytes[position] >= 0xCC else { return false }
    switch bytes.character(at: position).code {
    case 0x400...0x482, 0x48A...0x52F, 0x2010...0x2027, 0x3000...0x3029, 0x3041...0x3096,
      0x30A1...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7A3, 0xFF01...0xFFEF,
      0x1F300...0x1FAFF:
      return false
    default: return true
    }
  }
}
