/// What pairs of tokens become: a hash table with open addressing, as `Dictionary`'s keyed hash
/// takes most of the time of merging.
struct MergeTable: Sendable {
  /// What a pair of tokens becomes.
  struct Merge: Sendable {
    /// Its place in the list of merges; lower ones go first.
    var rank: UInt32
    /// The token it makes.
    var token: Int32
  }

  /// No pair: ids are not negative.
  private static let free = UInt64.max

  private var keys: [UInt64]
  private var merges: [Merge]

  /// An empty table with room for `count` pairs.
  init(capacity count: Int) {
    var slots = 16
    while slots < count * 2 { slots *= 2 }
    keys = Array(repeating: Self.free, count: slots)
    merges = Array(repeating: Merge(rank: 0, token: 0), count: slots)
  }

  /// What a pair becomes; may be set for as many pairs as the table has room for.
  @inline(__always)
  subscript(left: Int32, right: Int32) -> Merge? {
    get {
      let key = Self.key(left, right)
      let slot = slot(of: key)
      return keys[slot] == key ? merges[slot] : nil
    }
    set {
      guard let newValue else { return }
      let key = Self.key(left, right)
      let slot = slot(of: key)
      keys[slot] = key
      merges[slot] = newValue
    }
  }

  @inline(__always)
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    let mask = keys.count - 1
    let mixed = (key ^ key >> 32) &* 0x9E37_79B9_7F4A_7C15
    var slot = Int(truncatingIfNeeded: mixed >> 24) & mask
    while keys[slot] != key, keys[slot] != Self.free { slot = (slot + 1) & mask }
    return slot
  }
}
