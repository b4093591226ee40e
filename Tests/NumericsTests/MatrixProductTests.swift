import Numerics
import Synchronization
import TestSupport
import Testing

struct MatrixProductTests {
  @Test func `products of all small sizes are those of the definition`() {
    var generator = SeededGenerator(seed: 1)
    for m in 0...5 {
      for n in 0...5 {
        for k in 0...5 {
          expectProducts(m, n, k, &generator)
        }
      }
    }
  }

  @Test func `products of larger odd sizes are those of the definition`() {
    var generator = SeededGenerator(seed: 2)
    for (m, n, k) in [(33, 65, 17), (129, 31, 64), (1, 200, 77), (70, 1, 130), (65, 66, 67)] {
      expectProducts(m, n, k, &generator)
    }
  }

  private func expectProducts(_ m: Int, _ n: Int, _ k: Int, _ generator: inout SeededGenerator) {
    let x = randomView(m, k, &generator)
    let w = randomView(n, k, &generator)
    let b = randomView(k, n, &generator)
    let y = randomView(m, n, &generator)
    let before = y.array
    y.setProduct(x, transposed: w, scale: 0.5, accumulating: true)
    let halves = zip(Reference.product(x, transposed: w), before).map { 0.5 * $0 + Double($1) }
    #expect(error(y.array, halves) < 1e-5, "x·wᵀ \(m)×\(n)×\(k), accumulating")
    y.setProduct(x, transposed: w)
    #expect(error(y.array, Reference.product(x, transposed: w)) < 1e-5, "x·wᵀ \(m)×\(n)×\(k)")
    y.setProduct(x, b)
    #expect(error(y.array, Reference.product(x, b)) < 1e-5, "a·b \(m)×\(n)×\(k)")
  }

  @Test func `a Gram matrix is symmetric and accumulates`() {
    var generator = SeededGenerator(seed: 3)
    for (rows, columns) in [(0, 3), (1, 1), (4, 3), (7, 20), (50, 33)] {
      let x = randomView(rows, columns, &generator)
      let transposed = Matrix(rows: columns, columns: rows)
      for row in 0..<rows { for column in 0..<columns { transposed[column, row] = x[row, column] } }
      let expected = Reference.product(transposed, x)
      let gram = Matrix(rows: columns, columns: columns, repeating: .nan)
      gram.setGram(x)
      #expect(error(gram.array, expected) < 1e-5, "\(rows)×\(columns)")
      gram.setGram(x, scale: 2, accumulating: true)
      #expect(error(gram.array, expected.map { 3 * $0 }) < 1e-5, "\(rows)×\(columns), accumulated")
    }
  }

  /// Debian's serial OpenBLAS lacks the locks that this needs; see `boot.c`.
  @Test func `products on many threads at once are those of one thread`() {
    var generator = SeededGenerator(seed: 16)
    let workers = Workers(count: 8)
    for (m, n, k) in [(48, 64, 64), (24, 24, 16), (24, 16, 24), (7, 8, 64), (128, 130, 256)] {
      let x = randomView(m, k, &generator)
      let w = randomView(n, k, &generator)
      let expected = Matrix(rows: m, columns: n)
      expected.setProduct(x, transposed: w)
      let wrong = Atomic<Int>(0)
      workers.forEach(5000) { _ in
        let y = Matrix(uninitialized: m, n)
        y.setProduct(x, transposed: w)
        if y.array != expected.array { wrong.add(1, ordering: .relaxed) }
      }
      #expect(wrong.load(ordering: .relaxed) == 0, "of 5000 products \(m)×\(n)×\(k)")
    }
  }
}
