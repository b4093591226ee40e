/// The merges of a BPE vocabulary, from the symbols of a piece to its tokens.
struct BytePairMerges: Sendable {
  /// The tokens that a piece starts as.
  let symbols: Symbols
  /// What each pair becomes.
  let table: MergeTable

  /// The tokens of one piece are left in `scratch.tokens`.
  ///
  /// Of all adjacent pairs the one of the lowest rank is merged first, the leftmost on a tie, until
  /// no pair is in the list.
  /// - Complexity: O(n log n) in the piece's bytes, so that a piece of megabytes ends too.
  func merge(_ bytes: [UInt8], in range: Range<Int>, scratch: inout Scratch) {
    scratch.start(symbols, bytes, range)
    for index in scratch.tokens.indices.dropLast() { push(index, &scratch) }
    while let (rank, left) = scratch.heap.pop() {
      let right = Int(scratch.next[left])
      // Earlier merges may have taken either token away, or made the pair another one.
      guard scratch.isAlive[left], right < scratch.tokens.count,
        let merge = table[scratch.tokens[left], scratch.tokens[right]], merge.rank == rank
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
      let merge = table[scratch.tokens[left], scratch.tokens[right]]
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

    fileprivate mutating func start(_ symbols: Symbols, _ bytes: [UInt8], _ range: Range<Int>) {
      tokens.removeAll(keepingCapacity: true)
      next.removeAll(keepingCapacity: true)
      previous.removeAll(keepingCapacity: true)
      isAlive.removeAll(keepingCapacity: true)
      symbols.append(bytes, range, to: &tokens)
      for index in Int32(0)..<Int32(tokens.count) {
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
