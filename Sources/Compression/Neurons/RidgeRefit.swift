import Numerics

/// Refitting `down` of a slimmed expert to the outputs of the whole one, in float64.
public struct RidgeRefit: Sendable {
  /// The penalty, as a share of the mean diagonal element of the kept neurons' Gram matrix.
  public var ridge = 0.01

  /// A refit with a penalty of `ridge`.
  public init(ridge: Double = 0.01) { self.ridge = ridge }

  /// The columns of `down` for the kept neurons, such that `‖W a - W' a_K‖² + λ ‖W' - W_K‖²` is least
  /// over the calibration tokens.
  ///
  /// That is `W' = W_K + W_D G_DK (G_KK + λ I)⁻¹`, with `G = Σ a aᵀ`, `K` the kept and `D` the removed
  /// neurons. It tends to `W G[:, K] (G_KK + λ I)⁻¹` as `λ` falls; the penalty pulls towards the
  /// weights as they were and not towards 0, so that the refit never does worse on these tokens than
  /// leaving them, and neurons that were silent keep their weights.
  ///
  /// - Parameters:
  ///   - down: the whole `[hidden, neurons]`
  ///   - kept: indices of neurons
  ///   - activations: what the whole `down` read
  /// - Throws: `noTokens`, `inputsNotFinite`, `weightNotFinite`, `neuronsOutOfRange` or
  ///   `notPositiveDefinite`.
  /// - Returns: `[hidden, kept]`
  public func refit(
    down: Matrix, keeping kept: [Int], activations: InputStatistics
  ) throws(CompressionProblem) -> Matrix {
    precondition(down.columns == activations.width, "activations of another width")
    try activations.check()
    guard down.isFinite else { throw .weightNotFinite }
    guard !kept.isEmpty, kept.count <= down.columns else {
      throw .neuronsOutOfRange(kept: kept.count, width: down.columns)
    }
    let result = down.takingColumns(kept)
    let keeps = Set(kept)
    let removed = (0..<down.columns).filter { !keeps.contains($0) }
    guard !removed.isEmpty else { return result }
    let gram = activations.gram
    let system = damped(gram.takingRows(kept).takingColumns(kept))
    let lost = Wide.product(
      down.takingColumns(removed), gram.takingRows(removed).takingColumns(kept))
    guard let change = Cholesky.solve(system, size: kept.count, rows: lost) else {
      throw .notPositiveDefinite
    }
    for row in 0..<result.rows {
      var target = result.mutableRow(row)
      for column in target.indices {
        target[column] += Float(change[row * kept.count + column])
      }
    }
    return result
  }

  private func damped(_ gram: Matrix) -> [Double] {
    var elements = gram.array.map { Double($0) }
    let size = gram.rows
    let sum = (0..<size).reduce(0) { $0 + elements[$1 * size + $1] }
    // Silent neurons alone have no diagonal to take a share of.
    let penalty = sum > 0 ? ridge * sum / Double(size) : 1
    for index in 0..<size { elements[index * size + index] += penalty }
    return elements
  }
}
