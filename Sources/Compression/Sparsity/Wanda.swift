import Model
import Numerics

/// Wanda (arXiv 2306.11695): zeroes the weights with the smallest `|w| · √(mean x²)` of each output row,
/// or of each pattern in it.
struct Wanda: Sendable {
  let pattern: SparsityPattern
  /// The inputs' sizes, `√(mean x²)` `[in]`.
  private let norms: Matrix

  init(pattern: SparsityPattern, norms: [Float]) {
    self.pattern = pattern
    self.norms = Matrix(rows: 1, columns: norms.count, norms)
  }

  /// Prunes a checked weight `[out, in]` in place; of equal scores the first go.
  func prune(_ weight: Matrix, workers: Workers) {
    let (pattern, norms) = (pattern, norms)
    workers.forEachTile(of: weight.rows, size: 64) { rows in
      let scores = Matrix(uninitialized: 1, weight.columns)
      for row in rows {
        var target = scores.mutableRow(0)
        setMagnitudes(weight.row(row), times: norms.row(0), into: &target)
        var weights = weight.mutableRow(row)
        switch pattern {
        case .unstructured(let ratio):
          Pruning.zeroSmallest(
            Int(Double(weight.columns) * ratio), of: &weights, scores: scores.row(0))
        case .semiStructured(let kept, let size):
          Pruning.zeroSmallest(keeping: kept, of: size, &weights, scores: scores.row(0))
        }
      }
    }
  }
}
