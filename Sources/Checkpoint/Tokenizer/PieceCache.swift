/// The tokens of short pieces that were merged before: texts repeat most of their words.
///
/// A hash table with open addressing; keys are the piece's bytes in one word.
struct PieceCache {
  /// Longest piece kept, in bytes: the key's last byte holds the length.
  static let longestPiece = 15
  private static let mostEntries = 1 << 18

  private var keys: [UInt128]
  private var places: [(start: Int32, count: Int32)]
  private var tokens: [Int32] = []
  private var count = 0

  /// An empty cache.
  init() {
    keys = Array(repeating: 0, count: 64)
    places = Array(repeating: (0, 0), count: 64)
  }

  /// The key of a piece, which is never 0, or `nil` if the piece is too long.
  @inline(__always)
  static func key(_ bytes: [UInt8], _ range: Range<Int>) -> UInt128? {
    guard range.count <= longestPiece else { return nil }
    var key = UInt128(range.count)
    for index in range { key = key << 8 | UInt128(bytes[index]) }
    return key
  }

  /// Appends the piece's tokens to `result`, if they are known.
  @inline(__always)
  func append(_ key: UInt128, to result: inout [Int32]) -> Bool {
    let slot = slot(of: key)
    guard keys[slot] == key else { return false }
    let place = places[slot]
    for index in Int(place.start)..<Int(place.start + place.count) { result.append(tokens[index]) }
    return true
  }

  /// Keeps the tokens of a piece that is not known yet, while there is room.
  mutating func insert(_ key: UInt128, _ piece: [Int32]) {
    guard count < Self.mostEntries else { return }
    if count * 2 >= keys.count { grow() }
    let slot = slot(of: key)
    keys[slot] = key
    places[slot] = (Int32(tokens.count), Int32(piece.count))
    tokens += piece
    count += 1
  }

  @inline(__always)
  private func slot(of key: UInt128) -> Int {
    let mask = keys.count - 1
    let folded =
      UInt64(truncatingIfNeeded: key) &* 0x9E37_79B9_7F4A_7C15
      ^ UInt64(truncatingIfNeeded: key >> 64) &* 0xC2B2_AE3D_27D4_EB4F
    var slot = Int(truncatingIfNeeded: folded ^ folded >> 29) & mask
    while keys[slot] != 0, keys[slot] != key { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    let (oldKeys, oldPlaces) = (keys, places)
    keys = Array(repeating: 0, count: oldKeys.count * 4)
    places = Array(repeating: (0, 0), count: oldKeys.count * 4)
    for (key, place) in zip(oldKeys, oldPlaces) where key != 0 {
      let slot = slot(of: key)
      keys[slot] = key
      places[slot] = place
    }
  }
}
