/// The merges of a byte-level BPE vocabulary: which pairs of tokens become one, and in what order.
struct BytePairMerges: Sendable {
  /// What a pair of tokens becomes.
  struct Merge: Sendable {
    /// Its place in the list of merges; lower ones go first.
    var rank: UInt32
    /// The token it makes.
    var token: Int32
  }

  /// The token of each byte; -1 where the vocabulary has none.
  let tokenOfByte: [Int32]
  /// What each pair becomes, by `key`.
  let merges: [UInt64: Merge]

  /// The key of a pair of tokens.
  @inline(__always)
  static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// The tokens of one piece are left in `scratch.tokens`.
  ///
  /// Of all adjacent pairs the one of the lowest rank is merged first, the leftmost on a tie, until
  /// no pair is in the list. Bytes without a token are dropped, as the library does.
  /// - Complexity: O(n log n) in the piece's bytes, so that a piece of megabytes ends too.
  func merge(_ bytes: [UInt8], in range: Range<Int>, scratch: inout Scratch) {
    scratch.start(bytes[range].lazy.map { tokenOfByte[Int($0)] }.filter { $0 >= 0 })
    for index in scratch.tokens.indices.dropLast() { push(index, &scratch) }
    while let (rank, left) = scratch.heap.pop() {
      let right = Int(scratch.next[left])
      // Earlier merges may have taken either token away, or made the pair another one.
      guard scratch.isAlive[left], right < scratch.tokens.count,
        let merge = merges[Self.key(scratch.tokens[left], scratch.tokens[right])],
        merge.rank == rank
      else { continue }
      scratch.replace(left, and: right, with: merge.token)
      push(left, &scratch)
      if scratch.previous[left] >= 0 { push(Int(scratch.previous[left]), &scratch) }
    }
    scratch.compact()
  }

  @inline(__always)
  private func push(_ left: Int, _ scratch: inout Scratch) {
    let right = Int(scratch.next[left])
    guard right < scratch.tokens.count,
      let merge = merges[Self.key(scratch.tokens[left], scratch.tokens[right])]
    else { return }
    scratch.heap.push(rank: merge.rank, position: left)
  }
}

extension BytePairMerges {
  /// The state of one piece's merging, reused from piece to piece: a linked list of tokens and the
  /// pairs still to look at.
  struct Scratch {
    /// The piece's tokens.
    private(set) var tokens: [Int32] = []
    fileprivate var next: [Int32] = []
    fileprivate var previous: [Int32] = []
    fileprivate var isAlive: [Bool] = []
    fileprivate var heap = RankHeap()

    fileprivate mutating func start(_ symbols: some Sequence<Int32>) {
      tokens.removeAll(keepingCapacity: true)
      next.removeAll(keepingCapacity: true)
      previous.removeAll(keepingCapacity: true)
      isAlive.removeAll(keepingCapacity: true)
      for symbol in symbols {
        let index = Int32(tokens.count)
        tokens.append(symbol)
        previous.append(index - 1)
        next.append(index + 1)
        isAlive.append(true)
      }
    }

    fileprivate mutating func replace(_ left: Int, and right: Int, with token: Int32) {
      tokens[left] = token
      isAlive[right] = false
      next[left] = next[right]
      if next[left] < tokens.count { previous[Int(next[left])] = Int32(left) }
    }

    fileprivate mutating func compact() {
      var count = 0
      for index in tokens.indices where isAlive[index] {
        tokens[count] = tokens[index]
        count += 1
      }
      tokens.removeLast(tokens.count - count)
    }
  }
}

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
