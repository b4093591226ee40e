import Checkpoint
import Model
import Numerics
import Testing
import Transformer

struct GenerationTests {
  /// Runs the fixture's sequences in the given steps through a cache; the hidden states come back in
  /// the order of the batch.
  private func incremental(
    _ fixture: Fixture, spec: ModelSpec, steps: [[Int]]
  ) throws -> [[Float]] {
    let pass = ForwardPass(spec: spec, weights: fixture.weights)
    let sequences = fixture.batch.sequences.map { Array(fixture.batch.tokens[$0]) }
    let cache = KeyValueCache(spec, capacities: sequences.map(\.count))
    var hidden = sequences.map { _ in [Float]() }
    for step in steps {
      let active = step.indices.filter { step[$0] > 0 }
      let new = active.map { sequence in
        let start = cache.lengths[sequence]
        return Array(sequences[sequence][start..<start + step[sequence]])
      }
      let batch = TokenBatch(new)
      let normed = try pass.append(batch, to: cache, sequences: active)
      for (sequence, rows) in zip(active, batch.sequences) {
        hidden[sequence] += normed.rows(rows).array
      }
    }
    #expect(cache.lengths == sequences.map(\.count))
    return hidden
  }

  @Test(arguments: Fixture.families)
  func `token by token gives what the whole sequence gives`(_ family: String) throws {
    let fixture = try Fixture(family)
    let pass = fixture.pass()
    let whole = try pass.logits(of: pass.hiddenStates(of: fixture.batch))
    // Prompts of different lengths, then single tokens, then one sequence alone.
    let steps =
      [[10, 4]] + Array(repeating: [1, 1], count: 14) + Array(repeating: [0, 1], count: 6)
    let hidden = try incremental(fixture, spec: fixture.spec, steps: steps)
    let states = Matrix(
      rows: fixture.batch.count, columns: fixture.spec.hidden, hidden.flatMap { $0 })
    let difference = largestDifference(try pass.logits(of: states).array, whole.array)
    #expect(difference < 1e-4, "logits reach \(whole.array.map(abs).max() ?? 0)")
  }

  @Test func `token by token keeps to a sliding window`() throws {
    let fixture = try Fixture("mixtral")
    var spec = fixture.spec
    for block in spec.blocks.indices { spec.blocks[block].attention.slidingWindow = 3 }
    let whole = try ForwardPass(spec: spec, weights: fixture.weights).hiddenStates(
      of: fixture.batch)
    let steps =
      [[10, 4]] + Array(repeating: [1, 1], count: 14) + Array(repeating: [0, 1], count: 6)
    let hidden = try incremental(fixture, spec: spec, steps: steps)
    #expect(largestDifference(hidden.flatMap { $0 }, whole.array) < 1e-4)
  }

  @Test func `a refused token leaves the cache as it was`() throws {
    let fixture = try Fixture("olmoe")
    let pass = fixture.pass()
    let cache = KeyValueCache(fixture.spec, capacities: [8])
    _ = try pass.append(TokenBatch([[1, 2, 3]]), to: cache, sequences: [0])
    #expect(throws: TransformerError.self) {
      try pass.append(TokenBatch([[999]]), to: cache, sequences: [0])
    }
    #expect(cache.lengths == [3])
    let next = try pass.append(TokenBatch([[4]]), to: cache, sequences: [0])
    let whole = try pass.hiddenStates(of: TokenBatch([[1, 2, 3, 4]]))
    #expect(largestDifference(next.array, whole.rows(3..<4).array) < 1e-5)
  }
}
