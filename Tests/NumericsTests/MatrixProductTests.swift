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

  /// Deeper than a panel, more columns than panels of a block, panels and blocks of rows not full.
  @Test func `products deeper and wider than what is packed at once are those of the definition`() {
    var generator = SeededGenerator(seed: 17)
    for (m, n, k) in [(8, 64, 256), (9, 67, 257), (23, 161, 300), (15, 300, 513), (40, 32, 700)] {
      expectProducts(m, n, k, &generator)
    }
  }

  @Test(arguments: 300..<330 as Range<UInt64>)
  func `products of random sizes are those of the definition and leave neighbours alone`(
    seed: UInt64
  ) {
    var generator = SeededGenerator(seed: seed)
    let m = Int.random(in: 1...40, using: &generator)
    let n = Int.random(in: 1...150, using: &generator)
    let k = Int.random(in: 1...300, using: &generator)
    let x = randomView(m, k, &generator)
    let w = randomView(n, k, &generator)
    let whole = Matrix(rows: m + 2, columns: n + 40, repeating: 7)
    let y = whole.rows(1..<m + 1).columns(3..<n + 3)
    y.setProduct(x, transposed: w)
    #expect(error(y.array, Reference.product(x, transposed: w)) < 1e-5, "seed \(seed)")
    y.fill(7)
    #expect(whole.array.allSatisfy { $0 == 7 }, "seed \(seed): \(m)×\(n)×\(k)")
  }

  private func expectProducts(_ m: Int, _ n: Int, _ k: Int, _ generator: inout SeededGenerator) {
    let x = randomView(m, k, &generator)
    let w = randomView(n, k, &generator)
    let b = randomView(k, n, &generator)
    let y = randomView(m, n, &generator)
    let before = y.array
    // Roundings add up with the depth.
    let allowed = 1e-5 * max(1, Double(k) / 100)
    y.setProduct(x, transposed: w, scale: 0.5, accumulating: true)
    let halves = zip(Reference.product(x, transposed: w), before).map { 0.5 * $0 + Double($1) }
    #expect(error(y.array, halves) < allowed, "x·wᵀ \(m)×\(n)×\(k), accumulating")
    y.setProduct(x, transposed: w)
    #expect(error(y.array, Reference.product(x, transposed: w)) < allowed, "x·wᵀ \(m)×\(n)×\(k)")
    y.setProduct(x, b)
    #expect(error(y.array, Reference.product(x, b)) < allowed, "a·b \(m)×\(n)×\(k)")
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

  @Test(arguments: 400..<420 as Range<UInt64>)
  func `where rows stand alone, others change none of their bits`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let n = Bool.random(using: &generator) ? 32 : Int.random(in: 64...400, using: &generator)
    // Without our kernel nothing is promised.
    guard Matrix.rowsStandAlone(columns: n) else { return }
    let m = Int.random(in: 40...700, using: &generator)
    let k = Int.random(in: 1...600, using: &generator)
    let x = randomView(m, k, &generator)
    let w = randomView(n, k, &generator)
    let whole = Matrix(rows: m, columns: n)
    whole.setProduct(x, transposed: w)
    let count = Int.random(in: Matrix.fewestRowsAlone...40, using: &generator)
    let chosen = (0..<count).map { _ in Int.random(in: 0..<m, using: &generator) }
    let some = Matrix(rows: count, columns: k)
    some.gather(chosen[...], from: x)
    let alone = Matrix(rows: count, columns: n)
    alone.setProduct(some, transposed: w)
    let expected = Matrix(rows: count, columns: n)
    expected.gather(chosen[...], from: whole)
    #expect(
      alone.array.map(\.bitPattern) == expected.array.map(\.bitPattern), "\(m)×\(n)×\(k), \(count)")
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
