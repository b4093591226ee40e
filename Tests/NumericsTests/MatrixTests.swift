import Numerics
import TestSupport
import Testing

struct MatrixTests {
  private let counting = Matrix(rows: 3, columns: 4, (0..<12).map(Float.init))

  @Test func `views show the rows and columns they name`() {
    #expect(counting.rows(1..<3).array == [4, 5, 6, 7, 8, 9, 10, 11])
    #expect(counting.columns(1..<3).array == [1, 2, 5, 6, 9, 10])
    #expect(counting.rows(1..<2).columns(2..<4).array == [6, 7])
    #expect(counting.rows(3..<3).array == [])
  }

  @Test func `writing through a view shows in the whole`() {
    let matrix = Matrix(rows: 3, columns: 3)
    matrix.rows(1..<2).columns(1..<3).fill(5)
    #expect(matrix.array == [0, 0, 0, 0, 5, 5, 0, 0, 0])
    var row = matrix.mutableRow(2)
    row[0] = 7
    #expect(matrix[2, 0] == 7)
  }

  @Test func `only views without gaps lend all elements at once`() {
    #expect(counting.isContiguous)
    #expect(counting.rows(0..<2).isContiguous)
    #expect(!counting.columns(0..<2).isContiguous)
    #expect(counting.rows(1..<2).columns(0..<2).isContiguous)
  }

  @Test func `gathering picks rows in the order asked for`() {
    let picked = Matrix(rows: 3, columns: 4)
    picked.gather([2, 0, 2], from: counting)
    #expect(picked.array == [8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11])
  }

  @Test func `scattering adds weighted rows, repeated targets too`() {
    let sum = Matrix(rows: 2, columns: 4, repeating: 1)
    sum.scatterAdd(counting, weights: [1, 2, 0.5], to: [1, 0, 1])
    #expect(sum.array == [9, 11, 13, 15, 5, 6.5, 8, 9.5])
  }

  @Test func `adding and copying go element by element`() {
    let copy = Matrix(rows: 3, columns: 4)
    copy.copy(from: counting)
    copy.add(counting)
    #expect(copy.array == counting.array.map { 2 * $0 })
  }
}

struct ScratchTests {
  @Test func `memory is reused once nobody uses it`() {
    let scratch = Scratch()
    #expect(scratch.idleBytes == 0)
    do {
      let matrix = scratch.matrix(rows: 100, columns: 100)
      matrix.fill(1)
      #expect(scratch.idleBytes == 0)
    }
    let idle = scratch.idleBytes
    #expect(idle >= 40_000)
    let again = scratch.matrix(rows: 99, columns: 100)
    #expect(scratch.idleBytes == 0)
    #expect(again.count == 9900)
  }

  @Test func `a view keeps its memory from being reused`() {
    let scratch = Scratch()
    let view = scratch.matrix(rows: 10, columns: 10).rows(3..<4)
    view.fill(1)
    scratch.matrix(rows: 10, columns: 10).fill(2)
    #expect(view.array == [Float](repeating: 1, count: 10))
  }

  @Test func `memory beyond the limit is freed`() {
    let scratch = Scratch(limit: 10_000)
    _ = scratch.matrix(rows: 100, columns: 100)
    #expect(scratch.idleBytes == 0)
  }
}
