import Numerics
import TestSupport
import Testing

struct InverseFactorTests {
  @Test func `the factor times its transpose is the inverse, in any order`() throws {
    for seed in 1...10 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let size = Int.random(in: 1...40, using: &random)
      let x = Matrix(
        rows: size + 3, columns: size,
        (0..<(size + 3) * size).map { _ in Float.random(in: -1...1, using: &random) })
      let gram = Matrix(rows: size, columns: size)
      gram.addLowerGram(x)
      let diagonal = (0..<size).map { _ in Float.random(in: 0.5...1, using: &random) }
      for order in [nil, Array(0..<size).shuffled(using: &random)] {
        let factor = try #require(InverseFactor.lower(gram, order: order, adding: diagonal))
        let places = order ?? Array(0..<size)
        let matrix = places.flatMap { row in
          places.map { column in
            Double(gram[max(row, column), min(row, column)])
              + (row == column ? Double(diagonal[row]) : 0)
          }
        }
        let inverse = try #require(Cholesky.inverse(matrix, size: size))
        let upper = try #require(Cholesky.factor(inverse, size: size, .upper))
        for row in 0..<size {
          for column in 0..<size {
            let expected = upper[column * size + row]
            #expect(abs(Double(factor[row, column]) - expected) < 1e-5, "seed \(seed)")
          }
        }
      }
    }
  }

  @Test func `a wide matrix is factored as exactly as its elements are given`() throws {
    var random = SeededGenerator(seed: 3)
    let size = 600
    let x = Matrix(
      rows: 700, columns: size,
      (0..<700 * size).map { _ in Float.random(in: -1...1, using: &random) })
    // One direction that dwarfs the others, as activations have.
    for row in 0..<700 { for column in 0..<size { x[row, column] += x[row, 0] * 20 } }
    let gram = Matrix(rows: size, columns: size)
    gram.addLowerGram(x)
    let mean = (0..<size).reduce(Float(0)) { $0 + gram[$1, $1] } / Float(size)
    let diagonal = [Float](repeating: mean / 100, count: size)
    let factor = try #require(InverseFactor.lower(gram, order: nil, adding: diagonal))
    let matrix = (0..<size * size).map { place in
      let (row, column) = (place / size, place % size)
      return Double(gram[max(row, column), min(row, column)])
        + (row == column ? Double(diagonal[row]) : 0)
    }
    let inverse = try #require(Cholesky.inverse(matrix, size: size))
    let upper = try #require(Cholesky.factor(inverse, size: size, .upper))
    let largest = upper.reduce(0) { max($0, abs($1)) }
    for row in 0..<size {
      for column in 0..<size {
        let difference = abs(Double(factor[row, column]) - upper[column * size + row])
        #expect(difference < 1e-3 * largest)
      }
    }
  }

  @Test func `what is not positive definite has none`() {
    #expect(InverseFactor.lower(Matrix(rows: 2, columns: 2), order: nil, adding: [0, 0]) == nil)
    let wrong = Matrix(rows: 2, columns: 2, [1, 0, 2, 1])
    #expect(InverseFactor.lower(wrong, order: nil, adding: [0, 0]) == nil)
    let nan = Matrix(rows: 1, columns: 1, [.nan])
    #expect(InverseFactor.lower(nan, order: nil, adding: [0]) == nil)
  }
}
