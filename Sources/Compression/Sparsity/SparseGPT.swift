import Model
import Numerics

/// SparseGPT (arXiv 2301.00774): inputs are swept one after another; weights whose loss
/// `w² / d²` is smallest go, and those that are left make up for them.
///
/// Unstructured, the losses of `block` inputs of the whole matrix are compared when the sweep reaches
/// them, and as in the reference's code all go that are not above the one at the ratio's place, which
/// is one more weight a block than the ratio asks for.
public struct SparseGPT: Sendable {
  /// Which weights may go.
  public let pattern: SparsityPattern
  /// Share of the mean diagonal element that is added to the diagonal.
  public var damping = 0.01
  /// Inputs whose weights are compared together.
  public var block = 128

  /// Prunes to a pattern.
  public init(pattern: SparsityPattern) { self.pattern = pattern }

  /// Prunes a weight `[out, in]` in place; `Sparsifier` checks first that it can be.
  ///
  /// - Parameters:
  ///   - weight: finite; patterns fill its rows
  ///   - factor: of what the linear reads
  ///   - workers: share the rows
  /// - Returns: `½ Σ error²` under the Hessian `2/n Σ x xᵀ`, damped.
  @discardableResult
  public func prune(_ weight: Matrix, _ factor: SweepFactor, workers: Workers) -> Double {
    let tiles = stride(from: 0, to: weight.rows, by: 256).map { start in
      SparseTile(
        weight.rows(start..<min(weight.rows, start + 256)), factor: factor,
        leaf: leaf(width: factor.width))
    }
    var loss: Double = 0
    switch pattern {
    case .unstructured(let ratio):
      for columns in blocks(width: factor.width) {
        workers.forEach(tiles.count) { tiles[$0].score(columns) }
        let threshold = threshold(tiles, columns, ratio)
        loss += workers.map(tiles.count) { index in
          tiles[index].keep(columns, above: threshold)
          return tiles[index].sweep(columns)
        }.reduce(0, +)
      }
    case .semiStructured(let kept, let size):
      loss = workers.map(tiles.count) { index in
        tiles[index].sweep(0..<factor.width, keeping: kept, of: size)
      }.reduce(0, +)
    }
    workers.forEach(tiles.count) { tiles[$0].finish() }
    return loss * factor.lossScale
  }

  /// Columns between two products: blocks and patterns consist of whole leaves or leaves of whole
  /// patterns.
  private func leaf(width: Int) -> Int {
    switch pattern {
    case .unstructured: block.isMultiple(of: 32) ? 32 : block
    case .semiStructured(_, let size): max(32 / size, 1) * size
    }
  }

  private func blocks(width: Int) -> [Range<Int>] {
    stride(from: 0, to: width, by: block).map { $0..<min(width, $0 + block) }
  }

  private func threshold(_ tiles: [SparseTile], _ columns: Range<Int>, _ ratio: Double) -> Float {
    let rows = tiles.reduce(0) { $0 + $1.rows.rows }
    let count = rows * columns.count
    let place = min(Int(Double(count) * ratio), count - 1)
    return SmallestElements(count: place + 1, vectors: tiles.count * columns.count) { index, look in
      let tile = tiles[index / columns.count]
      let scores = tile.kept.row(columns.lowerBound + index % columns.count)
      look(scores.extracting(0..<tile.rows.rows))
    }.threshold
  }
}

/// Some rows of a weight, swept on one thread at a time.
private struct SparseTile: Sendable {
  /// The rows `[rows, in]`, which take the result in the end.
  let rows: Matrix
  /// First scores, then 1 where a weight stays and 0 where it goes, `[in, rows]`.
  let kept: Matrix
  private let factor: SweepFactor
  private let swept: ColumnSweep
  private let result: Matrix

  init(_ rows: Matrix, factor: SweepFactor, leaf: Int) {
    self.rows = rows
    self.factor = factor
    let columns = factor.columns(of: rows)
    swept = ColumnSweep(weights: columns, factor: factor.matrix, leaf: leaf)
    kept = Matrix(uninitialized: columns.rows, columns.columns)
    result = Matrix(uninitialized: columns.rows, columns.columns)
  }

  /// Scores columns by `w² / d²`.
  func score(_ columns: Range<Int>) {
    for column in columns {
      let inverse = 1 / factor.matrix[column, column]
      let weights = swept.weights.row(column)
      var scores = kept.mutableRow(column)
      for row in weights.indices {
        let error = weights[row] * inverse
        scores[row] = error * error
      }
    }
  }

  /// Keeps what scores above a threshold.
  func keep(_ columns: Range<Int>, above threshold: Float) {
    for column in columns {
      var scores = kept.mutableRow(column)
      for row in scores.indices { scores[row] = scores[row] > threshold ? 1 : 0 }
    }
  }

  /// Sweeps columns whose fate is known; they are whole leaves.
  func sweep(_ columns: Range<Int>) -> Double {
    var loss: Double = 0
    for (index, leaf) in swept.leaves.enumerated() where columns.contains(leaf.lowerBound) {
      for column in leaf {
        swept.bringUpToDate(column, from: leaf.lowerBound..<column)
        loss += prune(column)
      }
      swept.finishLeaf(index)
    }
    return loss
  }

  /// Sweeps columns in patterns of `size`, of which `kept` weights stay in each row.
  func sweep(_ columns: Range<Int>, keeping count: Int, of size: Int) -> Double {
    var loss: Double = 0
    for (index, leaf) in swept.leaves.enumerated() {
      for start in stride(from: leaf.lowerBound, to: leaf.upperBound, by: size) {
        let pattern = start..<start + size
        for column in pattern { swept.bringUpToDate(column, from: leaf.lowerBound..<start) }
        choose(pattern, keeping: count)
        for column in pattern {
          swept.bringUpToDate(column, from: start..<column)
          loss += prune(column)
        }
      }
      swept.finishLeaf(index)
    }
    return loss
  }

  /// Writes the swept weights back.
  func finish() {
    let whole = Matrix(uninitialized: result.columns, result.rows)
    whole.setTransposed(result)
    rows.copy(from: whole.rows(0..<rows.rows))
  }

  private func prune(_ column: Int) -> Double {
    var target = result.mutableRow(column)
    return Double(swept.prune(column, kept: kept.row(column), into: &target))
  }

  private func choose(_ pattern: Range<Int>, keeping count: Int) {
    score(pattern)
    let scores = Matrix(uninitialized: kept.columns, pattern.count)
    scores.setTransposed(kept.rows(pattern))
    let marks = Matrix(rows: kept.columns, columns: pattern.count, repeating: 1)
    for row in 0..<marks.rows {
      var mark = marks.mutableRow(row)
      Pruning.zeroSmallest(keeping: count, of: pattern.count, &mark, scores: scores.row(row))
    }
    kept.rows(pattern).setTransposed(marks)
  }
}
