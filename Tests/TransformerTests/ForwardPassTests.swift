import Checkpoint
import Model
import Numerics
import Synchronization
import Testing
import Transformer

struct ForwardPassTests {
  @Test(arguments: Fixture.families)
  func `the number of workers and what scratch memory holds change no bit`(
    _ family: String
  ) throws {
    let fixture = try Fixture(family)
    let expected = try fixture.logits().map(\.bitPattern)
    for count in [1, 2, 3] {
      let pass = fixture.pass(workers: Workers(count: count), scratch: Scratch(fill: .nan))
      for _ in 0..<2 {
        let logits = try pass.logits(of: pass.hiddenStates(of: fixture.batch))
        #expect(logits.array.map(\.bitPattern) == expected, "\(count) workers")
      }
    }
  }

  @Test func `how experts fall into waves changes no bit`() throws {
    let fixture = try Fixture("olmoe")
    let expected = try fixture.pass().hiddenStates(of: fixture.batch).array.map(\.bitPattern)
    for bytes in [0, 40_000, 100_000] {
      let pass = ForwardPass(spec: fixture.spec, weights: fixture.weights, waveBytes: bytes)
      let found = try pass.hiddenStates(of: fixture.batch)
      #expect(found.array.map(\.bitPattern) == expected, "\(bytes) bytes a wave")
    }
  }

  @Test(arguments: Fixture.families)
  func `sequences of different lengths do not see each other`(_ family: String) throws {
    let fixture = try Fixture(family)
    let tokens = fixture.batch.tokens
    let sequences = [Array(tokens[0..<5]), [], Array(tokens[3..<24]), [tokens[7]]]
    let pass = fixture.pass()
    let together = try pass.hiddenStates(of: TokenBatch(sequences))
    let alone = try sequences.flatMap { try pass.hiddenStates(of: TokenBatch([$0])).array }
    #expect(largestDifference(together.array, alone) < 1e-5)
  }

  @Test func `a batch without tokens has no hidden states`() throws {
    let pass = try Fixture("olmoe").pass()
    for batch in [TokenBatch([]), TokenBatch([[], []])] {
      let hidden = try pass.hiddenStates(of: batch)
      #expect(hidden.rows == 0)
      #expect(try pass.logits(of: hidden).rows == 0)
    }
  }

  @Test func `a pass goes on from a stored residual stream`() throws {
    let fixture = try Fixture("deepseek")
    let pass = fixture.pass()
    let embedded = try pass.embeddings(of: fixture.batch)
    let whole = try pass.run(blocks: 0..<3, from: embedded, of: fixture.batch)
    let stored = try pass.run(blocks: 0..<1, from: embedded, of: fixture.batch)
    let copy = stored.array
    let rest = try pass.run(blocks: 1..<3, from: stored, of: fixture.batch)
    #expect(rest.array == whole.array)
    #expect(stored.array == copy, "the stored stream is left as it is")
  }

  @Test func `a token outside the vocabulary is refused`() throws {
    let fixture = try Fixture("olmoe")
    for token in [-1, 256] {
      #expect(throws: TransformerError.unknownToken(token, vocabulary: 256)) {
        try fixture.pass().hiddenStates(of: TokenBatch([[3, token]]))
      }
    }
  }

  @Test func `logit tiles cover all rows once`() throws {
    let fixture = try Fixture("mixtral")
    let pass = fixture.pass()
    let tokens = (0..<300).map { $0 % 256 }
    let normed = try pass.hiddenStates(of: TokenBatch([tokens]))
    let whole = try pass.logits(of: normed)
    let covered = Mutex<[Int]>([])
    try pass.forEachLogitTile(of: normed) { rows, logits in
      #expect(logits.array == whole.rows(rows).array)
      covered.withLock { $0 += rows }
    }
    #expect(covered.withLock { $0.sorted() } == Array(0..<300))
  }

  @Test func `a cancelled pass stops in the block where it is`() throws {
    let fixture = try Fixture("olmoe")
    let canceller = Canceller(block: 1)
    #expect(throws: CancellationError.self) {
      try fixture.pass().hiddenStates(
        of: fixture.batch, observer: canceller, cancellation: canceller.cancellation)
    }
    #expect(canceller.seen.withLock { $0 } == [0, 1])
  }

  @Test func `a window as long as the sequence changes nothing, a shorter one only later tokens`()
    throws
  {
    let fixture = try Fixture("mixtral")
    let plain = try fixture.pass().hiddenStates(of: fixture.batch)
    var spec = fixture.spec
    let windowed = { (window: Int) in
      for block in spec.blocks.indices { spec.blocks[block].attention.slidingWindow = window }
      return try ForwardPass(spec: spec, weights: fixture.weights).hiddenStates(of: fixture.batch)
    }
    #expect(try windowed(24).array == plain.array)
    let short = try windowed(5)
    for rows in fixture.batch.sequences {
      let seesAll = rows.lowerBound..<rows.lowerBound + 5
      let difference = largestDifference(short.rows(seesAll).array, plain.rows(seesAll).array)
      #expect(difference < 1e-5)
      let last = rows.upperBound - 1..<rows.upperBound
      #expect(largestDifference(short.rows(last).array, plain.rows(last).array) > 1e-4)
    }
  }

  @Test func `clipping limits queries, keys and values`() throws {
    let fixture = try Fixture("olmoe")
    let plain = try fixture.pass().hiddenStates(of: fixture.batch).array
    var spec = fixture.spec
    let clipped = { (limit: Float, observer: Recorder?) in
      for block in spec.blocks.indices { spec.blocks[block].attention.clip = limit }
      return try ForwardPass(spec: spec, weights: fixture.weights).hiddenStates(
        of: fixture.batch, observer: observer)
    }
    #expect(try clipped(1000, nil).array == plain)
    let recorder = Recorder()
    #expect(try clipped(0.001, recorder).array != plain)
    // Mixed values are averages of values, and these were clipped.
    let mixed = try #require(recorder.record.linearInputs[0]?[.attentionOutput])
    #expect(mixed.allSatisfy { abs($0) <= 0.001001 })
    #expect(mixed.contains { abs($0) > 0.0005 })
  }
}

/// Asks a pass to stop when it reaches a block.
private final class Canceller: ActivationObserver {
  let cancellation = Cancellation()
  let seen = Mutex<[Int]>([])
  private let block: Int

  init(block: Int) { self.block = block }

  func blockInput(_ block: Int, _ hidden: Matrix) {
    seen.withLock { $0.append(block) }
    if block == self.block { cancellation.cancel() }
  }
}
