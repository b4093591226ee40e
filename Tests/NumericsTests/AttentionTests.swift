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
}
