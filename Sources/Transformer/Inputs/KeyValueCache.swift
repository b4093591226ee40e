import Model
import Numerics

/// The keys and values of tokens that have passed, so that a sequence can be continued token by token.
///
/// Used by one thread at a time.
public final class KeyValueCache {
  /// Tokens of each sequence so far.
  public private(set) var lengths: [Int]
  /// Most tokens of each sequence.
  public let capacities: [Int]
  /// First row of each sequence.
  private let starts: [Int]
  /// For each block, `[all capacities, keyWidth]` and `[all capacities, valueWidth]`.
  private let keys: [Matrix]
  private let values: [Matrix]

  /// An empty cache for one sequence per capacity.
  public init(_ spec: ModelSpec, capacities: [Int]) {
    lengths = Array(repeating: 0, count: capacities.count)
    self.capacities = capacities
    var starts: [Int] = []
    var rows = 0
    for capacity in capacities {
      starts.append(rows)
      rows += capacity
    }
    self.starts = starts
    let total = rows
    keys = spec.blocks.map { Matrix(uninitialized: total, $0.attention.keyWidth) }
    values = spec.blocks.map { Matrix(uninitialized: total, $0.attention.valueWidth) }
  }

  /// Writes the keys and values of new tokens behind what `sequence` holds in `block`, and returns
  /// all of them, old and new: `[length + new tokens, keyWidth]` and `[…, valueWidth]`.
  func extended(
    _ sequence: Int, block: Int, keys newKeys: Matrix, values newValues: Matrix
  ) -> (keys: Matrix, values: Matrix) {
    let length = lengths[sequence]
    let end = length + newKeys.rows
    precondition(end <= capacities[sequence], "the sequence is longer than its cache")
    let start = starts[sequence]
    let new = start + length..<start + end
    keys[block].rows(new).copy(from: newKeys)
    values[block].rows(new).copy(from: newValues)
    return (keys[block].rows(start..<start + end), values[block].rows(start..<start + end))
  }

  /// Gives `sequence`, which must be empty, all that `other` holds: so a beginning that several
  /// sequences share passes through the model once.
  public func copy(_ other: Int, to sequence: Int) {
    let length = lengths[other]
    precondition(lengths[sequence] == 0, "the sequence has begun")
    precondition(length <= capacities[sequence], "the sequence is longer than its cache")
    let source = starts[other]..<starts[other] + length
    let target = starts[sequence]..<starts[sequence] + length
    for matrices in [keys, values] {
      for matrix in matrices { matrix.rows(target).copy(from: matrix.rows(source)) }
    }
    lengths[sequence] = length
  }

  /// Counts tokens that have passed through all blocks.
  func advance(_ sequence: Int, by tokens: Int) { lengths[sequence] += tokens }
}
