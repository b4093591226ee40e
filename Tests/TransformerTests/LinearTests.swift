import Numerics
import TestSupport
import Testing

@testable import Transformer

struct LinearTests {
  private func random(_ rows: Int, _ columns: Int, _ random: inout SeededGenerator) -> Matrix {
    let matrix = Matrix(uninitialized: rows, columns)
    for row in 0..<rows {
      var target = matrix.mutableRow(row)
      for column in 0..<columns { target[column] = Float.random(in: -1...1, using: &random) }
    }
    return matrix
  }

  /// Many rows are cut into chunks of outputs, few are not.
  @Test func `chunks of outputs do not show in the bits`() throws {
    guard Matrix.rowsStandAlone(columns: 256) else { return }
    var generator = SeededGenerator(seed: 8)
    let x = random(640, 2048, &generator)
    for outputs in [1100, 1024, 810] {
      let w = random(outputs, 2048, &generator)
      let many = Matrix(uninitialized: 640, outputs)
      try many.setLinear(x, w, cancellation: nil)
      let few = Matrix(uninitialized: 8, outputs)
      try few.setLinear(x.rows(100..<108), w, cancellation: nil)
      #expect(
        few.array.map(\.bitPattern) == many.rows(100..<108).array.map(\.bitPattern), "\(outputs)")
    }
  }
}
