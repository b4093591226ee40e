import Model
import Numerics

/// Zeroes weights of linears by the method that a plan chose.
public struct Sparsifier: Sendable {
  /// What the plan says.
  public let sparsity: Sparsity

  /// What became of a weight.
  public struct Outcome: Hashable, Sendable {
    /// Weights that are 0 now.
    public var zeros: Int
    /// What chose them; differs from what was asked for where that could not be used.
    public var method: SparsityMethod
    /// Why the method that was asked for could not be used; `nil` where it was.
    public var fallback: CompressionProblem?
    /// SparseGPT's `½ Σ error²` under the Hessian `2/n Σ x xᵀ`; `nil` for others.
    public var loss: Double?
  }

  /// Prunes as `sparsity` says.
  public init(_ sparsity: Sparsity) { self.sparsity = sparsity }

  /// Zeroes weights of linears that read the same inputs, in place, and under SparseGPT lets the others
  /// make up for them.
  ///
  /// A method that needs calibration and has none, or none it can use, gives way to magnitude; the
  /// outcome says so. Magnitude compares within a whole matrix, Wanda within each output row, SparseGPT
  /// within blocks of 128 inputs of a matrix.
  ///
  /// - Parameters:
  ///   - weights: `[out, in]` each
  ///   - inputs: what all of them read; `nil` where nothing was calibrated
  ///   - workers: share the work
  /// - Throws: `weightNotFinite`, `ratioOutOfRange`, `ratioRoundsToNothing`, `patternOutOfRange` or
  ///   `patternDoesNotDivide`; nothing has changed then.
  /// - Returns: what became of each weight.
  @discardableResult
  public func apply(
    to weights: [Matrix], inputs: InputStatistics?, workers: Workers = .shared
  ) throws(CompressionProblem) -> [Outcome] {
    for weight in weights { try check(weight) }
    let problem: CompressionProblem
    do throws(CompressionProblem) {
      switch (sparsity.method, inputs) {
      case (.magnitude, _):
        return magnitude(weights, workers, fallback: nil)
      case (.wanda, let inputs?):
        let wanda = Wanda(pattern: sparsity.pattern, norms: try inputs.rootMeanSquares())
        return weights.map { weight in
          wanda.prune(weight, workers: workers)
          return outcome(weight, .wanda)
        }
      case (.sparseGPT, let inputs?):
        let method = SparseGPT(pattern: sparsity.pattern)
        let factor = try SweepFactor(inputs, damping: method.damping)
        return weights.map { weight in
          let loss = method.prune(weight, factor, workers: workers)
          return outcome(weight, .sparseGPT, loss: loss)
        }
      case (.wanda, nil), (.sparseGPT, nil):
        throw .noTokens
      }
    } catch { problem = error }
    return magnitude(weights, workers, fallback: problem)
  }

  private func magnitude(
    _ weights: [Matrix], _ workers: Workers, fallback: CompressionProblem?
  ) -> [Outcome] {
    weights.map { weight in
      MagnitudePruning(pattern: sparsity.pattern).prune(weight, workers: workers)
      return outcome(weight, .magnitude, fallback: fallback)
    }
  }

  private func outcome(
    _ weight: Matrix, _ method: SparsityMethod, fallback: CompressionProblem? = nil,
    loss: Double? = nil
  ) -> Outcome {
    let zeros = (0..<weight.rows).reduce(0) { $0 + countZeros(weight.row($1)) }
    return Outcome(zeros: zeros, method: method, fallback: fallback, loss: loss)
  }

  /// Whether a weight can be pruned so.
  func check(_ weight: Matrix) throws(CompressionProblem) {
    guard weight.isFinite else { throw .weightNotFinite }
    switch sparsity.pattern {
    case .unstructured(let ratio):
      guard ratio >= 0, ratio <= 1 else { throw .ratioOutOfRange(ratio) }
      // Wanda takes its share of each row.
      let compared = sparsity.method == .wanda ? weight.columns : weight.count
      guard Int(Double(compared) * ratio) > 0 else {
        throw .ratioRoundsToNothing(ratio: ratio, weights: compared)
      }
    case .semiStructured(let kept, let size):
      guard kept > 0, kept < size else { throw .patternOutOfRange(kept: kept, of: size) }
      guard weight.columns.isMultiple(of: size) else {
        throw .patternDoesNotDivide(kept: kept, of: size, width: weight.columns)
      }
    }
  }
}
