import Numerics

/// The factor of the inverse Hessian that GPTQ and SparseGPT sweep with; one serves all linears that
/// read the same inputs.
///
/// The Hessian's scale cancels in the sweep, so this is the factor for `Σ x xᵀ`, damped.
public struct SweepFactor: Sendable {
  /// Lower triangular `[in, in]`; see `InverseFactor`.
  let matrix: Matrix
  /// The input of each column of the sweep; `nil` for that of the same index.
  let order: [Int]?
  /// Inputs that were 0 in every token.
  let dead: [Bool]
  /// What a loss of the sweep is multiplied with to be one under `2/n Σ x xᵀ`.
  let lossScale: Double

  /// Factors the inverse of damped second moments.
  ///
  /// Damping adds a share of the mean diagonal element to the diagonal. If that is not enough for the
  /// factorisation, ten times as much is tried, up to the mean itself.
  ///
  /// - Parameters:
  ///   - inputs: what the linears read
  ///   - damping: the share of the mean diagonal element
  ///   - largestFirst: whether inputs with larger squares come first (act-order)
  /// - Throws: `noTokens`, `inputsNotFinite` or `notPositiveDefinite`.
  public init(
    _ inputs: InputStatistics, damping: Double = 0.01, largestFirst: Bool = false
  ) throws(CompressionProblem) {
    try inputs.check()
    let squares = inputs.squares
    dead = squares.map { $0 == 0 }
    let live = squares.filter { $0 > 0 }
    let mean = live.isEmpty ? 1 : live.reduce(0) { $0 + Double($1) } / Double(live.count)
    order =
      largestFirst
      ? squares.indices.sorted { (squares[$0], $1) > (squares[$1], $0) } : nil
    lossScale = 2 / Double(inputs.tokens)
    var share = damping
    while true {
      let diagonal = dead.map { Float(($0 ? mean : 0) + share * mean) }
      if let matrix = InverseFactor.lower(inputs.lowerGram, order: order, adding: diagonal) {
        self.matrix = matrix
        return
      }
      guard share < 1 else { throw .notPositiveDefinite }
      share = min(1, max(share, 1e-4) * 10)
    }
  }

  /// Inputs.
  var width: Int { dead.count }

  /// A tile of a weight's rows as the sweep wants it: transposed, in its order, dead inputs 0, and
  /// filled up with zeros to whole vectors.
  func columns(of rows: Matrix) -> Matrix {
    let columns = Matrix(uninitialized: width, (rows.rows + 15) & ~15)
    columns.setTransposed(rows, order: order)
    for column in 0..<width where dead[order?[column] ?? column] {
      columns.rows(column..<column + 1).fill(0)
    }
    return columns
  }
}
