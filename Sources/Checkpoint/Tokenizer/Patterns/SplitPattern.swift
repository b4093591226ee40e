/// A pattern of a `Split` pre-tokenizer.
enum SplitPattern: Sendable {
  case gpt2(GPT2Pattern)
  case words(WordPattern)
  case casedWords(CasedWordPattern)
  case deepSeekV3(DeepSeekV3Pattern)
  case runs(RunPattern)
  case trailingSpace(TrailingSpacePattern)
  case literal([UInt8])

  /// Calls `body` with the parts of the bytes in each of `ranges`, in order and without gaps:
  /// matches, and what lies between them.
  func forEachPart(
    of bytes: [UInt8], in ranges: [Range<Int>],
    _ body: (_ part: Range<Int>, _ isMatch: Bool) -> Void
  ) {
    switch self {
    case .gpt2(let pattern):
      Self.cut(ranges, body) { pattern.pieceEnd(in: bytes, from: $0, end: $1) }
    case .words(let pattern):
      Self.cut(ranges, body) { pattern.pieceEnd(in: bytes, from: $0, end: $1) }
    case .casedWords(let pattern):
      Self.cut(ranges, body) { pattern.pieceEnd(in: bytes, from: $0, end: $1) }
    case .deepSeekV3(let pattern):
      Self.find(in: bytes, ranges, body) { pattern.matchEnd(in: bytes, from: $0, end: $1) }
    case .runs(let pattern):
      Self.find(in: bytes, ranges, body) { pattern.matchEnd(in: bytes, from: $0, end: $1) }
    case .literal(let text):
      Self.find(in: bytes, ranges, body) { start, end in
        guard end - start >= text.count, bytes[start] == text[0],
          bytes[start..<(start + text.count)].elementsEqual(text)
        else { return nil }
        return start + text.count
      }
    case .trailingSpace(let pattern):
      for range in ranges {
        var start = range.lowerBound
        while let match = pattern.match(in: bytes, from: start, end: range.upperBound) {
          if start < match.lowerBound { body(start..<match.lowerBound, false) }
          body(match, true)
          start = match.upperBound
        }
        if start < range.upperBound { body(start..<range.upperBound, false) }
      }
    }
  }

  /// For patterns that match everywhere.
  @inline(__always)
  private static func cut(
    _ ranges: [Range<Int>], _ body: (Range<Int>, Bool) -> Void, pieceEnd: (Int, Int) -> Int
  ) {
    for range in ranges {
      var start = range.lowerBound
      while start < range.upperBound {
        let end = pieceEnd(start, range.upperBound)
        body(start..<end, true)
        start = end
      }
    }
  }

  /// For patterns that may match at any character.
  @inline(__always)
  private static func find(
    in bytes: [UInt8], _ ranges: [Range<Int>], _ body: (Range<Int>, Bool) -> Void,
    matchEnd: (Int, Int) -> Int?
  ) {
    for range in ranges {
      var start = range.lowerBound
      var position = start
      while position < range.upperBound {
        guard let end = matchEnd(position, range.upperBound) else {
          position += bytes.character(at: position).length
          continue
        }
        if start < position { body(start..<position, false) }
        body(position..<end, true)
        (start, position) = (end, end)
      }
      if start < position { body(start..<position, false) }
    }
  }
}

extension SplitPattern {
  /// The pattern of a regular expression; `nil` if it is none of those known.
  init?(regex: String) {
    // A line break may stand in the text itself or as an escape, which means the same.
    var text = ""
    for scalar in regex.unicodeScalars {
      switch scalar {
      case "\r": text += "\\r"
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(scalar)
      }
    }
    if let known = Self.known[text] {
      self = known
    } else if text == "\\s+$" {
      self = .trailingSpace(TrailingSpacePattern())
    } else if let runs = RunPattern(text) {
      self = .runs(runs)
    } else {
      return nil
    }
  }

  private static let known: [String: SplitPattern] = {
    let contractions = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)"#
    let space = #"\s+(?!\S)|\s+"#
    let signs = #" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"# + space
    let words = contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|"#
    // tiktoken's own spelling, which never goes back but means the same.
    let quickWords = #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|"#
    let quickSigns = #" ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|"# + space
    let small = #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"#
    let capital = #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"#
    let casedSigns = #" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|"# + space
    let gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|"# + space
    let markedWords = contractions + #"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}"#
    let markedSigns = #"| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|"# + space
    let deepSeek =
      ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##
      + #"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|"# + space
    return [
      gpt2: .gpt2(GPT2Pattern()),
      words + #"\p{N}|"# + signs: .words(WordPattern(longestNumber: 1)),
      words + #"\p{N}{1,3}|"# + signs: .words(WordPattern(longestNumber: 3)),
      words + #"\p{N}+|"# + signs: .words(WordPattern(longestNumber: .max)),
      quickWords + #"\p{N}|"# + quickSigns: .words(WordPattern(longestNumber: 1)),
      quickWords + #"\p{N}{1,3}|"# + quickSigns: .words(WordPattern(longestNumber: 3)),
      markedWords + markedSigns: .words(WordPattern(longestNumber: 1, marksAreLetters: true)),
      small + contractions + "?|" + capital + contractions + #"?|\p{N}{1,3}|"# + casedSigns:
        .casedWords(CasedWordPattern(longestNumber: 3, takesContractions: true)),
      small + "|" + capital + #"|\p{N}|"# + casedSigns:
        .casedWords(CasedWordPattern(longestNumber: 1, takesContractions: false)),
      deepSeek: .deepSeekV3(DeepSeekV3Pattern()),
    ]
  }()
}
