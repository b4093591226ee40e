/// Positions in the order of their ranks, leftmost first among equals: a binary heap of words that
/// hold the rank above the position.
struct RankHeap {
  private var words: [UInt64] = []

  /// Adds a position.
  mutating func push(rank: UInt32, position: Int) {
    var child = words.count
    words.append(UInt64(rank) << 32 | UInt64(position))
    while child > 0 {
      let parent = (child - 1) / 2
      guard words[child] < words[parent] else { return }
      words.swapAt(child, parent)
      child = parent
    }
  }

  /// Removes and returns the first position, with its rank.
  mutating func pop() -> (rank: UInt32, position: Int)? {
    guard let first = words.first else { return nil }
    let last = words.removeLast()
    if !words.isEmpty {
      words[0] = last
      siftDown()
    }
    return (UInt32(first >> 32), Int(first & 0xFFFF_FFFF))
  }

  private mutating func siftDown() {
    var parent = 0
    while true {
      var child = parent * 2 + 1
      guard child < words.count else { return }
      if child + 1 < words.count, words[child + 1] < words[child] { child += 1 }
      guard words[child] < words[parent] else { return }
      words.swapAt(child, parent)
      parent = child
    }
  }
}
