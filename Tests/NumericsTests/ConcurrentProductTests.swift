import Numerics
import Synchronization
import TestSupport
import Testing

struct ConcurrentProductTests {
  /// Debian's serial OpenBLAS fails this within a second: it has no locks.
  @Test func `products computed side by side equal the same product computed alone`() {
    let seed: UInt64 = 5
    var random = SeededGenerator(seed: seed)
    func matrix(_ rows: Int, _ columns: Int) -> Matrix {
      let count = rows * columns
      return Matrix(
        rows: rows, columns: columns,
        (0..<count).map { _ in Float.random(in: -1...1, using: &random) })
    }
    let (x, w) = (matrix(64, 96), matrix(48, 96))
    let alone = Matrix(uninitialized: 64, 48)
    alone.setProduct(x, transposed: w)
    let expected = alone.array
    let wrong = Atomic<Int>(0)
    Workers(count: 4).forEach(20_000) { _ in
      let product = Matrix(uninitialized: 64, 48)
      product.setProduct(x, transposed: w)
      if product.array != expected { wrong.wrappingAdd(1, ordering: .relaxed) }
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
  }
}
