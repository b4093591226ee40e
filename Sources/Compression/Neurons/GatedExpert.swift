import Numerics

/// The weights of one expert: `down · (act(gate · x) ∘ (up · x))`.
public struct GatedExpert: Sendable {
  /// The rows inside the activation, `[neurons, hidden]`.
  public var gate: Matrix
  /// The rows that the activation multiplies, `[neurons, hidden]`.
  public var up: Matrix
  /// The columns that neurons write with, `[hidden, neurons]`.
  public var down: Matrix

  /// An expert.
  public init(gate: Matrix, up: Matrix, down: Matrix) {
    precondition(
      gate.rows == up.rows && gate.columns == up.columns && down.columns == gate.rows
        && down.rows == gate.columns, "shapes do not fit")
    self.gate = gate
    self.up = up
    self.down = down
  }

  /// Its neurons.
  public var neurons: Int { gate.rows }

  /// The expert with the given neurons, in that order: fewer of them, or all in another order.
  public func taking(_ neurons: [Int]) -> GatedExpert {
    GatedExpert(
      gate: gate.takingRows(neurons), up: up.takingRows(neurons), down: down.takingColumns(neurons))
  }
}

extension Matrix {
  /// The given rows, in that order.
  func takingRows(_ indices: [Int]) -> Matrix {
    let result = Matrix(uninitialized: indices.count, columns)
    result.gather(indices[...], from: self)
    return result
  }

  /// The given columns, in that order.
  func takingColumns(_ indices: [Int]) -> Matrix {
    let result = Matrix(uninitialized: rows, indices.count)
    for row in 0..<rows {
      let source = self.row(row)
      var target = result.mutableRow(row)
      for (place, index) in indices.enumerated() { target[place] = source[index] }
    }
    return result
  }
}
