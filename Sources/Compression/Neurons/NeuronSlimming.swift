import Numerics

/// Keeping an expert and removing neurons from it (SlimMoE, arXiv 2506.18349): rows of gate and up,
/// columns of down.
public enum NeuronSlimming {
  /// Calibration-only saliency `E|a_j| · ‖down[:, j]‖`, with `a = act(gate · x) ∘ (up · x)`.
  ///
  /// - Parameters:
  ///   - down: `[hidden, neurons]`
  ///   - activations: what `down` reads
  /// - Throws: `noTokens`, `inputsNotFinite` or `weightNotFinite`.
  /// - Returns: `[neurons]`
  public static func saliency(
    down: Matrix, activations: InputStatistics
  ) throws(CompressionProblem) -> [Float] {
    precondition(down.columns == activations.width, "activations of another width")
    guard down.isFinite else { throw .weightNotFinite }
    return zip(try activations.meanMagnitudes(), columnNorms(down)).map { $0 * $1 }
  }

  /// Saliency without calibration: `‖gate[j]‖ · ‖up[j]‖ · ‖down[:, j]‖`, for experts that no token
  /// reached.
  ///
  /// - Throws: `weightNotFinite`.
  /// - Returns: `[neurons]`
  public static func weightSaliency(_ expert: GatedExpert) throws(CompressionProblem) -> [Float] {
    guard expert.gate.isFinite, expert.up.isFinite, expert.down.isFinite else {
      throw .weightNotFinite
    }
    let norms = columnNorms(expert.down)
    return norms.indices.map {
      norm(expert.gate.row($0)) * norm(expert.up.row($0)) * norms[$0]
    }
  }

  /// The `count` neurons with the largest scores, in ascending order; of equal scores the first stay.
  ///
  /// - Throws: `neuronsOutOfRange`.
  public static func neurons(
    keeping count: Int, scores: [Float]
  ) throws(CompressionProblem) -> [Int] {
    guard count >= 1, count <= scores.count else {
      throw .neuronsOutOfRange(kept: count, width: scores.count)
    }
    return Array(
      scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }.prefix(count)
    ).sorted()
  }

  private static func columnNorms(_ matrix: Matrix) -> [Float] {
    var squares = [Double](repeating: 0, count: matrix.columns)
    for index in 0..<matrix.rows {
      let row = matrix.row(index)
      for column in row.indices { squares[column] += Double(row[column]) * Double(row[column]) }
    }
    return squares.map { Float($0.squareRoot()) }
  }
}
