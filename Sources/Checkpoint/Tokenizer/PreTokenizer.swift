/// Cuts text into the pieces that BPE merges within: the library's `ByteLevel`, and `Digits` before
/// it if there is one.
struct PreTokenizer: Sendable {
  /// How `Digits` cuts.
  enum DigitSplit: Sendable {
    /// Each number character is a piece.
    case individually
    /// Each run of number characters is a piece.
    case contiguously
  }

  /// How numbers are cut out before `ByteLevel`, if at all.
  var digits: DigitSplit?
  /// Whether a space is put before every text that does not start with one.
  var addsPrefixSpace: Bool
  /// Whether GPT-2's pattern cuts further.
  var usesPattern: Bool

  private let pattern = GPT2Pattern()

  /// Describes a pre-tokenizer.
  init(digits: DigitSplit?, addsPrefixSpace: Bool, usesPattern: Bool) {
    self.digits = digits
    self.addsPrefixSpace = addsPrefixSpace
    self.usesPattern = usesPattern
  }

  /// Calls `body` with each piece of the bytes in `range`, in order: a range of some bytes, which
  /// are `bytes` unless a space had to be put in.
  func forEachPiece(
    of bytes: [UInt8], in range: Range<Int>, _ body: ([UInt8], Range<Int>) -> Void
  ) {
    guard let digits else { return byteLevel(bytes, range, body) }
    var start = range.lowerBound
    var inNumber = false
    var position = start
    while position < range.upperBound {
      let (isNumber, length) = bytes.isNumber(at: position)
      if position > start, isNumber != inNumber || (isNumber && digits == .individually) {
        byteLevel(bytes, start..<position, body)
        start = position
      }
      inNumber = isNumber
      position += length
    }
    byteLevel(bytes, start..<range.upperBound, body)
  }

  private func byteLevel(
    _ bytes: [UInt8], _ range: Range<Int>, _ body: ([UInt8], Range<Int>) -> Void
  ) {
    guard !range.isEmpty else { return }
    guard addsPrefixSpace, bytes[range.lowerBound] != UInt8(ascii: " ") else {
      return split(bytes, range, body)
    }
    let prefixed = [UInt8(ascii: " ")] + bytes[range]
    split(prefixed, 0..<prefixed.count, body)
  }

  private func split(
    _ bytes: [UInt8], _ range: Range<Int>, _ body: ([UInt8], Range<Int>) -> Void
  ) {
    guard usesPattern else { return body(bytes, range) }
    var start = range.lowerBound
    while start < range.upperBound {
      let end = pattern.pieceEnd(in: bytes, from: start, end: range.upperBound)
      body(bytes, start..<end)
      start = end
    }
  }
}
