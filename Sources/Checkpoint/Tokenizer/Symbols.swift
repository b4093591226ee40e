/// The tokens that a piece starts as, before anything is merged.
enum Symbols: Sendable {
  /// A token for each byte; -1 where the vocabulary has none. Bytes without a token are dropped, as
  /// the library does.
  case bytes([Int32])
  /// A token for each character.
  case characters(CharacterSymbols)

  /// Appends the tokens of a piece.
  @inline(__always)
  func append(_ bytes: [UInt8], _ piece: Range<Int>, to tokens: inout [Int32]) {
    switch self {
    case .bytes(let tokenOfByte):
      for byte in bytes[piece] where tokenOfByte[Int(byte)] >= 0 {
        tokens.append(tokenOfByte[Int(byte)])
      }
    case .characters(let characters): characters.append(bytes, piece, to: &tokens)
    }
  }
}

/// The tokens of characters, and what stands for those that have none: sentencepiece's way.
struct CharacterSymbols: Sendable {
  /// The token of each character that has one; -1 for others of the basic plane.
  private let tokenOfCharacter: [Int32]
  private let tokenOfFarCharacter: [UInt32: Int32]
  /// The tokens `<0x00>` to `<0xFF>`, if bytes stand for unknown characters; -1 where there is none.
  private let tokenOfByte: [Int32]?
  /// The token of characters that are unknown, bytes or not.
  private let unknown: Int32?
  /// Whether unknown characters in a row are one token.
  private let fusesUnknown: Bool

  /// Collects the symbols of a vocabulary.
  init(_ ids: [ExactText: Int32], byteFallback: Bool, unknown: Int32?, fusesUnknown: Bool) {
    var near = [Int32](repeating: -1, count: 0x10000)
    var far: [UInt32: Int32] = [:]
    for (token, id) in ids {
      let scalars = token.text.unicodeScalars
      guard let first = scalars.first, scalars.dropFirst().isEmpty else { continue }
      if first.value < 0x10000 { near[Int(first.value)] = id } else { far[first.value] = id }
    }
    (tokenOfCharacter, tokenOfFarCharacter) = (near, far)
    tokenOfByte = byteFallback ? (0..<256).map { ids[Self.name(ofByte: $0)] ?? -1 } : nil
    (self.unknown, self.fusesUnknown) = (unknown, fusesUnknown)
  }

  /// Whether there are characters that leave no symbol.
  var dropsCharacters: Bool { unknown == nil && (tokenOfByte?.contains(-1) ?? true) }

  private static func name(ofByte byte: Int) -> ExactText {
    let digits = String(byte, radix: 16, uppercase: true)
    return ExactText("<0x\(byte < 16 ? "0" : "")\(digits)>")
  }

  @inline(__always)
  fileprivate func append(_ bytes: [UInt8], _ piece: Range<Int>, to tokens: inout [Int32]) {
    var position = piece.lowerBound
    var pending: Int32?
    while position < piece.upperBound {
      let (code, length) = bytes.character(at: position)
      let token = code < 0x10000 ? tokenOfCharacter[Int(code)] : tokenOfFarCharacter[code] ?? -1
      if token >= 0 {
        if let unknown = pending { tokens.append(unknown) }
        pending = nil
        tokens.append(token)
      } else {
        appendUnknown(bytes[position..<(position + length)], &pending, to: &tokens)
      }
      position += length
    }
    if let unknown = pending { tokens.append(unknown) }
  }

  /// An unknown token waits for the next known character, so that others can join it; bytes do not
  /// wait and so may come before it, as in the library.
  private func appendUnknown(
    _ character: ArraySlice<UInt8>, _ pending: inout Int32?, to tokens: inout [Int32]
  ) {
    if let tokenOfByte, !character.contains(where: { tokenOfByte[Int($0)] < 0 }) {
      for byte in character { tokens.append(tokenOfByte[Int(byte)]) }
      return
    }
    guard let unknown else { return }
    if let waiting = pending, !fusesUnknown { tokens.append(waiting) }
    pending = unknown
  }
}
