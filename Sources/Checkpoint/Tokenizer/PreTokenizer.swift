/// Cuts text into the pieces that BPE merges within, in steps: each cuts the pieces of the one
/// before.
struct PreTokenizer: Sendable {
  /// One pre-tokenizer of `tokenizer.json`.
  enum Step: Sendable {
    case split(Split)
    case digits(Digits)
    case byteLevel(ByteLevel)
    case metaspace(Metaspace)
  }

  /// How `Digits` cuts.
  enum Digits: Sendable {
    /// Each number character is a piece.
    case individually
    /// Each run of number characters is a piece.
    case contiguously
  }

  /// What `ByteLevel` does beside writing bytes as characters.
  struct ByteLevel: Sendable {
    /// Whether a space is put before every text that does not start with one.
    var addsPrefixSpace: Bool
    /// Whether GPT-2's pattern cuts further.
    var usesPattern: Bool
  }

  /// The steps, in order.
  var steps: [Step]

  /// Whether BPE's symbols are bytes; they are characters otherwise.
  var isByteLevel: Bool {
    if case .byteLevel = steps.last { true } else { false }
  }

  /// The pieces of the bytes in `range`; `isFirst` says that the text starts here.
  ///
  /// One step after the other over all pieces: a call for each piece and step would take most of the
  /// time.
  func pieces(of bytes: [UInt8], in range: Range<Int>, isFirst: Bool) -> Pieces {
    var pieces = Pieces(bytes: bytes, ranges: [range])
    for step in steps {
      let start = pieces.isCopy ? 0 : range.lowerBound
      let startsText = isFirst && pieces.ranges.first?.lowerBound == start
      switch step {
      case .split(let split): split.apply(to: &pieces)
      case .digits(let digits): digits.apply(to: &pieces)
      case .byteLevel(let byteLevel): byteLevel.apply(to: &pieces)
      case .metaspace(let metaspace): metaspace.apply(to: &pieces, isFirst: startsText)
      }
    }
    return pieces
  }
}

/// Pieces of a text, in order.
struct Pieces {
  /// The text's bytes, or a copy in which characters were put in.
  var bytes: [UInt8]
  /// Where each piece lies.
  var ranges: [Range<Int>]
  /// Whether the bytes are a copy.
  var isCopy = false

  /// Writes new bytes for each piece: `body` appends them.
  mutating func rewrite(_ body: (_ piece: ArraySlice<UInt8>, inout [UInt8]) -> Void) {
    var copy: [UInt8] = []
    copy.reserveCapacity(bytes.count + bytes.count / 2)
    for index in ranges.indices {
      let start = copy.count
      body(bytes[ranges[index]], &copy)
      ranges[index] = start..<copy.count
    }
    (bytes, isCopy) = (copy, true)
  }
}

extension PreTokenizer.Digits {
  fileprivate func apply(to pieces: inout Pieces) {
    let bytes = pieces.bytes
    var result: [Range<Int>] = []
    result.reserveCapacity(pieces.ranges.count)
    for range in pieces.ranges {
      var start = range.lowerBound
      var inNumber = false
      var position = start
      while position < range.upperBound {
        let (isNumber, length) = bytes.isNumber(at: position)
        if position > start, isNumber != inNumber || (isNumber && self == .individually) {
          result.append(start..<position)
          start = position
        }
        inNumber = isNumber
        position += length
      }
      result.append(start..<range.upperBound)
    }
    pieces.ranges = result
  }
}

extension PreTokenizer.ByteLevel {
  fileprivate func apply(to pieces: inout Pieces) {
    if addsPrefixSpace {
      pieces.rewrite { piece, bytes in
        if piece.first != UInt8(ascii: " ") { bytes.append(UInt8(ascii: " ")) }
        bytes += piece
      }
    }
    if usesPattern {
      Split(pattern: .gpt2(GPT2Pattern()), behavior: .isolated, isInverted: false)
        .apply(to: &pieces)
    }
  }
}
