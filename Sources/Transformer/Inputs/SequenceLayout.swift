/// Where the sequences of a batch lie, and how many tokens went before each of them.
struct SequenceLayout: Sendable {
  /// The rows of each sequence.
  let sequences: [Range<Int>]
  /// Tokens of each sequence that are not in the batch, but in a cache.
  let earlier: [Int]
  /// `[rows]`: the position of each row's token in its sequence.
  let positions: [Int]

  init(_ batch: TokenBatch, behind earlier: [Int]? = nil) {
    sequences = batch.sequences
    let earlier = earlier ?? Array(repeating: 0, count: batch.sequences.count)
    self.earlier = earlier
    positions = zip(batch.sequences, earlier).flatMap { rows, first in first..<first + rows.count }
  }

  /// Positions of the longest sequence, the cached ones included.
  var longest: Int { zip(sequences, earlier).map { $0.count + $1 }.max() ?? 0 }
}
