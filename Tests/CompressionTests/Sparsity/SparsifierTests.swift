import Compression
import Model
import Numerics
import TestSupport
import Testing

struct SparsifierTests {
  @Test func `magnitude pruning zeroes the small weights and keeps the large ones`() throws {
    for seed in 1...10 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let (rows, width) = (
        Int.random(in: 1...40, using: &random), Int.random(in: 5...90, using: &random)
      )
      let weight = random.matrix(rows, width)
      let ratio = Double.random(in: 0.3...1, using: &random)
      let before = weight.array
      let outcome = try Sparsifier(Sparsity(.unstructured(ratio), .magnitude))
        .apply(to: [weight], inputs: nil)[0]
      let gone = zip(before, weight.array).filter { $1 == 0 }.map { abs($0.0) }
      let left = weight.array.filter { $0 != 0 }.map { abs($0) }
      #expect(gone.count == Int(Double(rows * width) * ratio), "seed \(seed)")
      #expect(outcome.zeros == gone.count && outcome.fallback == nil)
      #expect((gone.max() ?? 0) <= (left.min() ?? .infinity), "seed \(seed)")
    }
  }

  @Test func `of equal magnitudes the first go, exactly as many as asked for`() throws {
    let weight = Matrix(rows: 2, columns: 4, [1, -1, 1, -1, 1, 1, 2, 0.5])
    try Sparsifier(Sparsity(.unstructured(0.5), .magnitude)).apply(to: [weight], inputs: nil)
    #expect(weight.array == [0, 0, 0, -1, 1, 1, 2, 0])
  }

  @Test func `Wanda takes the same share of every row and minds the inputs`() throws {
    let inputs = InputStatistics(width: 4)
    inputs.add(Matrix(rows: 2, columns: 4, [10, 1, 0.1, 1, 10, -1, 0.1, 1]))
    let weight = Matrix(rows: 2, columns: 4, [1, 5, 9, 8, 0.1, 1, 1, 2])
    try Sparsifier(Sparsity(.unstructured(0.5), .wanda)).apply(to: [weight], inputs: inputs)
    #expect(weight.array == [1, 0, 0, 8, 0, 1, 0, 2])
  }

  @Test(arguments: SparsityMethod.allCases)
  func `every pattern of every row keeps at most as many as it says`(_ method: SparsityMethod)
    throws
  {
    for seed in 1...4 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let width = 8 * Int.random(in: 1...30, using: &random)
      let inputs = random.statistics(tokens: 2 * width, width: width)
      for case .semiStructured(let kept, let size) in SparsityPattern.allowedSemiStructured {
        let weight = random.matrix(Int.random(in: 1...280, using: &random), width)
        let outcome = try Sparsifier(
          Sparsity(.semiStructured(kept: kept, of: size), method)
        ).apply(to: [weight], inputs: inputs)[0]
        #expect(outcome.method == method && outcome.fallback == nil)
        #expect(outcome.zeros == weight.count * (size - kept) / size, "seed \(seed)")
        let values = weight.array
        for start in stride(from: 0, to: values.count, by: size) {
          let zeros = values[start..<start + size].count { $0 == 0 }
          #expect(zeros >= size - kept, "seed \(seed)")
        }
      }
    }
  }

  @Test func `SparseGPT loses less than the mask alone under the same Hessian`() throws {
    for seed in 1...8 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let width = 8 * Int.random(in: 4...40, using: &random)
      let inputs = random.statistics(tokens: 2 * width, width: width)
      for pattern in [
        SparsityPattern.unstructured(Double.random(in: 0.2...0.8, using: &random)),
        .semiStructured(kept: 2, of: 4), .semiStructured(kept: 4, of: 8),
      ] {
        let weight = random.matrix(Int.random(in: 8...300, using: &random), width)
        let pruned = weight.copied
        let outcome = try Sparsifier(Sparsity(pattern, .sparseGPT))
          .apply(to: [pruned], inputs: inputs)[0]
        let masked = Matrix(
          rows: weight.rows, columns: width,
          zip(weight.array, pruned.array).map { $1 == 0 ? 0 : $0 })
        let (gram, loss) = (inputs.gram, try #require(outcome.loss))
        let made = pruned.minus(weight).squaredOutput(gram: gram)
        let alone = masked.minus(weight).squaredOutput(gram: gram)
        #expect(made < alone, "seed \(seed), \(pattern)")
        // What the sweep counts is ½ of the error under 2/n Σ x xᵀ, damping included.
        #expect(loss >= made / Double(inputs.tokens) * 0.99, "seed \(seed), \(pattern)")
        if case .unstructured(let ratio) = pattern {
          let share = Double(outcome.zeros) / Double(weight.count)
          #expect(abs(share - ratio) < 0.01, "seed \(seed)")
        }
      }
    }
  }

  @Test func `a share that is not one weight, or no share at all, is refused`() {
    let weight = Matrix(rows: 4, columns: 10, repeating: 1)
    func problem(_ pattern: SparsityPattern, _ method: SparsityMethod) -> CompressionProblem? {
      do throws(CompressionProblem) {
        try Sparsifier(Sparsity(pattern, method)).apply(to: [weight], inputs: nil)
        return nil
      } catch { return error }
    }
    #expect(
      problem(.unstructured(0.02), .magnitude) == .ratioRoundsToNothing(ratio: 0.02, weights: 40))
    #expect(
      problem(.unstructured(0.09), .wanda) == .ratioRoundsToNothing(ratio: 0.09, weights: 10))
    #expect(
      problem(.unstructured(0), .sparseGPT) == .ratioRoundsToNothing(ratio: 0, weights: 40))
    #expect(problem(.unstructured(1.2), .magnitude) == .ratioOutOfRange(1.2))
    #expect(problem(.unstructured(.nan), .magnitude) != nil)
    #expect(
      problem(.semiStructured(kept: 2, of: 4), .wanda)
        == .patternDoesNotDivide(kept: 2, of: 4, width: 10))
    #expect(
      problem(.semiStructured(kept: 5, of: 5), .magnitude) == .patternOutOfRange(kept: 5, of: 5))
    #expect(weight.array.allSatisfy { $0 == 1 })
  }

  @Test(arguments: SparsityMethod.allCases)
  func `pruning an expert leaves a router in the same memory alone`(_ method: SparsityMethod)
    throws
  {
    var random = SeededGenerator(seed: 7)
    let whole = random.matrix(30, 64)
    let before = whole.copied
    let inputs = random.statistics(tokens: 99, width: 48)
    let expert = whole.rows(4..<20).columns(8..<56)
    try Sparsifier(Sparsity(.unstructured(0.5), method)).apply(to: [expert], inputs: inputs)
    #expect(expert.array.contains(0))
    #expect(difference(whole.rows(0..<4), before.rows(0..<4)) == 0)
    #expect(difference(whole.rows(20..<30), before.rows(20..<30)) == 0)
    #expect(difference(whole.columns(0..<8), before.columns(0..<8)) == 0)
    #expect(difference(whole.columns(56..<64), before.columns(56..<64)) == 0)
  }
}
