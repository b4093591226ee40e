import Numerics

/// A factor for every input of the linears that read one vector: their weights are multiplied with it
/// before rounding (AWQ, arXiv 2306.00978), and what produces the vector is divided by it.
///
/// Everything that reads the vector has to be multiplied, the router too where the vector comes from
/// the norm before the experts: else its logits move.
public struct InputScales: Hashable, Sendable {
  /// `[in]`, positive.
  public let factors: [Float]
  /// The exponent of the activations that was chosen; `nil` where no scaling was best.
  public let ratio: Double?
  /// The squared output error on the calibration tokens that the search saw, with these factors.
  public let loss: Double
  /// The same with no scaling.
  public let unscaledLoss: Double

  /// Multiplies the inputs of something that reads the vector: a linear or a router, `[out, in]`.
  public func multiplyInputs(of weight: Matrix) {
    let factors = row
    for index in 0..<weight.rows {
      var target = weight.mutableRow(index)
      multiply(&target, by: factors.row(0))
    }
  }

  /// Divides the norm `[1, in]` that produces the vector.
  public func divide(norm: Matrix) {
    let inverse = inverseRow
    for index in 0..<norm.rows {
      var target = norm.mutableRow(index)
      multiply(&target, by: inverse.row(0))
    }
  }

  /// Divides the output rows of the linear `[in, …]` that produces the vector, as up does for down.
  public func divideOutputs(of weight: Matrix) {
    precondition(weight.rows == factors.count, "shapes do not fit")
    for (index, factor) in factors.enumerated() {
      weight.rows(index..<index + 1).scale(by: 1 / factor)
    }
  }

  private var row: Matrix { Matrix(rows: 1, columns: factors.count, factors) }
  private var inverseRow: Matrix {
    Matrix(rows: 1, columns: factors.count, factors.map { 1 / $0 })
  }
}
