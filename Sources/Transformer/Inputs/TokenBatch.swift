/// Sequences of tokens that pass through the model together, flattened to one list of rows.
public struct TokenBatch: Sendable, Hashable {
  /// The token ids of all sequences, one sequence after the other.
  public let tokens: [Int]
  /// The rows of each sequence.
  public let sequences: [Range<Int>]

  /// Puts sequences of any lengths together.
  public init(_ sequences: [[Int]]) {
    var ranges: [Range<Int>] = []
    var start = 0
    for sequence in sequences {
      ranges.append(start..<start + sequence.count)
      start += sequence.count
    }
    tokens = Array(sequences.joined())
    self.sequences = ranges
  }

  /// Number of tokens of all sequences: the rows of every activation.
  public var count: Int { tokens.count }

  /// Tokens of the longest sequence.
  public var longest: Int { sequences.map(\.count).max() ?? 0 }
}
