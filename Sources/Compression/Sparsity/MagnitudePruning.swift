import Model
import Numerics

/// Zeroes the weights of the smallest magnitude: of the whole matrix, or of each pattern of a row.
struct MagnitudePruning: Sendable {
  let pattern: SparsityPattern

  /// Prunes a checked weight `[out, in]` in place; of equal magnitudes the first go.
  func prune(_ weight: Matrix, workers: Workers) {
    switch pattern {
    case .unstructured(let ratio):
      prune(weight, count: Int(Double(weight.count) * ratio))
    case .semiStructured(let kept, let size):
      workers.forEachTile(of: weight.rows, size: 64) { rows in
        let scores = Matrix(uninitialized: 1, weight.columns)
        for row in rows {
          var weights = weight.mutableRow(row)
          setMagnitudes(weights, into: scores)
          Pruning.zeroSmallest(keeping: kept, of: size, &weights, scores: scores.row(0))
        }
      }
    }
  }

  private func prune(_ weight: Matrix, count: Int) {
    let scores = Matrix(uninitialized: 1, weight.columns)
    let smallest = SmallestElements(count: count, vectors: weight.rows) { row, look in
      let weights = weight.mutableRow(row)
      setMagnitudes(weights, into: scores)
      look(scores.row(0))
    }
    var equal = smallest.equal
    for row in 0..<weight.rows {
      var weights = weight.mutableRow(row)
      setMagnitudes(weights, into: scores)
      Pruning.zero(
        &weights, scores: scores.row(0), upTo: smallest.threshold, equal: &equal)
    }
  }
}

/// Writes `|w|` of a row to `scores` `[1, in]`.
private func setMagnitudes(_ weights: borrowing MutableSpan<Float>, into scores: Matrix) {
  var target = scores.mutableRow(0)
  target.update(repeating: 0)
  addMagnitudes(weights.span, to: &target)
}
