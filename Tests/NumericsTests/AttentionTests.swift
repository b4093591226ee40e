import Numerics
import TestSupport
import Testing

struct AttentionTests {
  private func expectReference(
    queries count: Int, first: Int, window: Int?, width: Int, _ generator: inout SeededGenerator
  ) {
    let queries = randomView(count, width, &generator)
    let keys = randomView(first + count, width, &generator)
    let values = randomView(first + count, width, &generator)
    let result = randomView(count, width, &generator)
    CausalAttention(scale: 0.3, window: window).apply(
      queries: queries, keys: keys, values: values, first: first, into: result,
      scratch: Scratch(fill: .nan))
    let expected = Reference.attention(
      queries: queries, keys: keys, values: values, first: first, window: window, scale: 0.3)
    #expect(
      error(result.array, expected) < 1e-5,
      "\(count) queries behind \(first), window \(window ?? 0), width \(width)")
  }

  @Test func `all small windows are those of the definition`() {
    var generator = SeededGenerator(seed: 10)
    for count in 0...5 {
      for first in 0...3 {
        for window in [nil, 1, 2, 3, 100] as [Int?] {
          expectReference(queries: count, first: first, window: window, width: 4, &generator)
        }
      }
    }
  }

  @Test func `windows longer than a tile are those of the definition`() {
    var generator = SeededGenerator(seed: 11)
    for (count, first) in [(64, 0), (65, 0), (130, 0), (200, 17), (1, 150), (63, 64)] {
      for window in [nil, 5, 70] as [Int?] {
        expectReference(queries: count, first: first, window: window, width: 6, &generator)
      }
    }
  }

  /// Any shape: more queries than a tile or fewer, more keys than are scored at once, wide and odd
  /// widths, values of another width than keys, heads of a wider matrix.
  @Test(arguments: 200..<260 as Range<UInt64>)
  func `random shapes, offsets, windows and sinks are those of the definition`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...150, using: &generator)
    let first = Bool.random(using: &generator) ? 0 : Int.random(in: 1...200, using: &generator)
    let width = Int.random(in: 1...70, using: &generator)
    let valueWidth = Int.random(in: 1...70, using: &generator)
    let window = Bool.random(using: &generator) ? Int.random(in: 1...200, using: &generator) : nil
    let sink = Bool.random(using: &generator) ? Float.random(in: -9...9, using: &generator) : nil
    func head(_ rows: Int, _ width: Int) -> Matrix {
      randomView(rows, 3 * width, &generator).columns(width..<2 * width)
    }
    let (queries, keys) = (head(count, width), head(first + count, width))
    let (values, result) = (head(first + count, valueWidth), head(count, valueWidth))
    CausalAttention(scale: 0.7, window: window, sink: sink).apply(
      queries: queries, keys: keys, values: values, first: first, into: result,
      scratch: Scratch(fill: .nan))
    let expected = Reference.attention(
      queries: queries, keys: keys, values: values, first: first, window: window, scale: 0.7,
      sink: sink)
    #expect(
      error(result.array, expected) < 1e-5,
      "seed \(seed): \(count) behind \(first), \(width) by \(valueWidth), window \(window ?? 0)")
  }

  @Test func `large scores neither overflow nor vanish`() {
    var generator = SeededGenerator(seed: 12)
    let (queries, keys) = (randomView(300, 16, &generator), randomView(300, 16, &generator))
    let values = randomView(300, 16, &generator)
    let result = Matrix(rows: 300, columns: 16)
    for window in [nil, 20] as [Int?] {
      CausalAttention(scale: 300, window: window).apply(
        queries: queries, keys: keys, values: values, first: 0, into: result,
        scratch: Scratch(fill: .nan))
      let expected = Reference.attention(
        queries: queries, keys: keys, values: values, first: 0, window: window, scale: 300)
      // Scores of some hundreds are rounded to 1e-5 of themselves.
      #expect(error(result.array, expected) < 1e-2, "window \(window ?? 0)")
    }
  }

  @Test func `neighbours of the result are left alone`() {
    var generator = SeededGenerator(seed: 13)
    let x = randomView(40, 20, &generator)
    let whole = Matrix(rows: 42, columns: 24, repeating: 7)
    CausalAttention(scale: 1).apply(
      queries: x, keys: x, values: x, first: 0, into: whole.rows(1..<41).columns(2..<22),
      scratch: Scratch(fill: .nan))
    for row in 0..<42 {
      for column in 0..<24 where row == 0 || row == 41 || column < 2 || column > 21 {
        #expect(whole[row, column] == 7, "\(row), \(column)")
      }
    }
  }
}
