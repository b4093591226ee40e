import Model
import Numerics

/// A norm of the residual stream, with its weights.
struct ResidualNorm: Sendable {
  private let weight: Matrix
  private let bias: Matrix?
  private let epsilon: Float

  /// Fetches the weights of a norm; `bias` is fetched only where the model's norms have one.
  init(_ pass: ForwardPass, _ role: TensorRole, bias: TensorRole) throws {
    weight = try pass.weights.weight(role)
    self.bias = pass.spec.norm == .layer ? try pass.weights.weight(bias) : nil
    epsilon = pass.spec.normEpsilon
  }

  /// Norms rows.
  func apply(_ hidden: Matrix, into normed: Matrix) {
    if let bias {
      LayerNorm.apply(hidden, weight: weight, bias: bias, epsilon: epsilon, into: normed)
    } else {
      RootMeanSquareNorm.apply(hidden, weight: weight, epsilon: epsilon, into: normed)
    }
  }
}

extension ForwardPass {
  /// The residual stream normed, in memory of its own.
  func normed(_ hidden: Matrix, by role: TensorRole, bias: TensorRole) throws -> Matrix {
    let norm = try ResidualNorm(self, role, bias: bias)
    let normed = scratch.matrix(rows: hidden.rows, columns: hidden.columns)
    workers.forEachTile(of: hidden.rows, size: Self.tileRows(hidden.rows)) { rows in
      norm.apply(hidden.rows(rows), into: normed.rows(rows))
    }
    return normed
  }

  /// Turns a half's output into the residual stream after it.
  func join(_ output: Matrix, to hidden: Matrix) {
    if spec.multipliers.residual != 1 { output.scale(by: spec.multipliers.residual) }
    output.add(hidden)
  }
}
