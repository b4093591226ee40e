import Compression
import Numerics
import TestSupport
import Testing

struct InputStatisticsTests {
  @Test func `sums do not depend on how tokens are split into batches`() throws {
    for seed in 1...8 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let width = Int.random(in: 1...70, using: &random)
      let tokens = Int.random(in: 1...90, using: &random)
      let inputs = random.matrix(tokens, width)
      let whole = InputStatistics(width: width)
      whole.add(inputs)
      let parts = [InputStatistics(width: width), InputStatistics(width: width)]
      var start = 0
      while start < tokens {
        let end = min(tokens, start + Int.random(in: 0...20, using: &random))
        parts[Int.random(in: 0...1, using: &random)].add(inputs.rows(start..<end))
        start = end
      }
      parts[0].add(parts[1])
      #expect(parts[0].tokens == whole.tokens, "seed \(seed)")
      #expect(difference(parts[0].gram, whole.gram) < 1e-4, "seed \(seed)")
      let means = (try parts[0].meanMagnitudes(), try whole.meanMagnitudes())
      for (x, y) in zip(means.0, means.1) { #expect(abs(x - y) < 1e-5, "seed \(seed)") }
    }
  }

  @Test func `the Gram matrix is the sum of products, both triangles, also after more tokens`() {
    var random = SeededGenerator(seed: 4)
    let statistics = InputStatistics(width: 37)
    var all: [Matrix] = []
    for tokens in [5, 1, 40] {
      let batch = random.matrix(tokens, 37)
      statistics.add(batch)
      all.append(batch)
      let gram = statistics.gram
      for (row, column) in [(0, 0), (3, 30), (30, 3), (36, 36), (35, 1)] {
        let expected = all.reduce(Float(0)) { sum, batch in
          sum + (0..<batch.rows).reduce(0) { $0 + batch[$1, row] * batch[$1, column] }
        }
        #expect(abs(gram[row, column] - expected) < 1e-4)
      }
    }
  }

  @Test func `statistics of nothing and of what is no number name the problem`() {
    let none = InputStatistics(width: 4)
    #expect(throws: CompressionProblem.noTokens) { try none.hessian() }
    #expect(throws: CompressionProblem.noTokens) { try none.rootMeanSquares() }
    #expect(throws: CompressionProblem.noTokens) { try none.meanMagnitudes() }
    for bad in [Float.nan, .infinity, -.infinity] {
      let broken = InputStatistics(width: 4)
      broken.add(Matrix(rows: 1, columns: 4, [1, bad, 0, 2]))
      #expect(throws: CompressionProblem.inputsNotFinite) { try broken.hessian() }
    }
  }

  @Test func `every problem has a sentence of its own that fits a line`() {
    let problems: [CompressionProblem] = [
      .noTokens, .inputsNotFinite, .notPositiveDefinite, .weightNotFinite,
      .groupDoesNotDivide(size: 128, width: 100), .ratioOutOfRange(1.5),
      .ratioRoundsToNothing(ratio: 0.001, weights: 64), .patternOutOfRange(kept: 4, of: 4),
      .patternDoesNotDivide(kept: 2, of: 4, width: 9), .neuronsOutOfRange(kept: 0, width: 8),
      .expertsOutOfRange(kept: 9, experts: 8),
    ]
    let sentences = Set(problems.map(\.description))
    #expect(sentences.count == problems.count)
    #expect(sentences.allSatisfy { $0.count < 120 && !$0.contains("\n") && !$0.isEmpty })
  }
}
