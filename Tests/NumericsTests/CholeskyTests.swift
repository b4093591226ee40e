import Numerics
import TestSupport
import Testing

struct CholeskyTests {
  /// A positive definite matrix: a Gram matrix with something added to its diagonal.
  private func definite(_ size: Int, _ generator: inout SeededGenerator) -> [Double] {
    let x = (0..<size * size).map { _ in Double.random(in: -1...1, using: &generator) }
    return (0..<size * size).map { place in
      let (row, column) = (place / size, place % size)
      let product = (0..<size).reduce(0) { $0 + x[$1 * size + row] * x[$1 * size + column] }
      return product + (row == column ? 0.5 : 0)
    }
  }

  private func product(_ a: [Double], _ b: [Double], _ size: Int, transposed: Bool) -> [Double] {
    (0..<size * size).map { place in
      let (row, column) = (place / size, place % size)
      return (0..<size).reduce(0) {
        $0 + a[row * size + $1] * (transposed ? b[column * size + $1] : b[$1 * size + column])
      }
    }
  }

  private func difference(_ x: [Double], _ y: [Double]) -> Double {
    zip(x, y).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test func `factors multiply to the matrix and are triangular`() throws {
    var generator = SeededGenerator(seed: 17)
    for size in [1, 2, 3, 5, 17, 40] {
      let matrix = definite(size, &generator)
      let lower = try #require(Cholesky.factor(matrix, size: size, .lower))
      #expect(difference(product(lower, lower, size, transposed: true), matrix) < 1e-10)
      let upper = try #require(Cholesky.factor(matrix, size: size, .upper))
      for row in 0..<size {
        for column in 0..<size {
          #expect(abs(lower[row * size + column] - upper[column * size + row]) < 1e-12)
          if column > row { #expect(lower[row * size + column] == 0) }
        }
      }
    }
    #expect(Cholesky.factor([], size: 0, .lower) == [])
  }

  @Test func `an inverse times the matrix is the identity`() throws {
    var generator = SeededGenerator(seed: 18)
    for size in [1, 2, 3, 5, 17, 40] {
      let matrix = definite(size, &generator)
      let inverse = try #require(Cholesky.inverse(matrix, size: size))
      let identity = (0..<size * size).map { $0 / size == $0 % size ? 1.0 : 0 }
      #expect(difference(product(matrix, inverse, size, transposed: false), identity) < 1e-9)
    }
  }

  @Test func `a matrix that is not positive definite has neither`() {
    #expect(Cholesky.factor([1, 2, 2, 1], size: 2, .lower) == nil)
    #expect(Cholesky.inverse([0, 0, 0, 0], size: 2) == nil)
  }
}
