import Compression
import Foundation
import Numerics
import TestSupport

extension SeededGenerator {
  /// A normally distributed number (Box and Muller).
  mutating func normal() -> Float {
    let radius = (-2 * log(Double.random(in: 1e-12..<1, using: &self))).squareRoot()
    return Float(radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self)))
  }

  /// Normally distributed elements.
  mutating func matrix(_ rows: Int, _ columns: Int, scale: Float = 1) -> Matrix {
    Matrix(rows: rows, columns: columns, (0..<rows * columns).map { _ in normal() * scale })
  }

  /// Inputs as a linear of a model sees them: correlated, and some much larger than others.
  mutating func inputs(tokens: Int, width: Int) -> Matrix {
    let hidden = max(2, width / 2)
    let mixed = Matrix(uninitialized: tokens, width)
    mixed.setProduct(matrix(tokens, hidden), matrix(hidden, width))
    mixed.add(matrix(tokens, width, scale: 0.3))
    for column in 0..<width where column.isMultiple(of: 7) {
      mixed.columns(column..<column + 1).scale(by: 5)
    }
    return mixed
  }

  /// Statistics of random inputs.
  mutating func statistics(tokens: Int, width: Int) -> InputStatistics {
    let statistics = InputStatistics(width: width)
    statistics.add(inputs(tokens: tokens, width: width))
    return statistics
  }

  /// An expert with random weights.
  mutating func expert(neurons: Int, hidden: Int) -> GatedExpert {
    GatedExpert(
      gate: matrix(neurons, hidden), up: matrix(neurons, hidden), down: matrix(hidden, neurons))
  }
}

extension Matrix {
  /// The same elements in memory of their own.
  var copied: Matrix { Matrix(rows: rows, columns: columns, array) }

  /// `self - other`.
  func minus(_ other: Matrix) -> Matrix {
    Matrix(rows: rows, columns: columns, zip(array, other.array).map { $0 - $1 })
  }
}
