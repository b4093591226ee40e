import Compression
import Model
import Numerics
import Testing

@testable import Measurement

struct StateCacheTests {
  private let data = (0..<3).map { Fingerprint(of: "\($0)") }
  /// Bytes of a state and what describes it.
  private let size = Matrix(uninitialized: 16, 64).storageBytes

  /// A stream that went through the attention halves of some blocks.
  private func stream(_ blocks: Int...) -> StateCache.Content {
    let chain = Prefix.chain(blocks.map { .attention(block: $0, []) })
    guard let last = chain.last ?? nil else { return .logits }
    return .stream(after: last)
  }

  private func state() -> StateCache.Kept { StateCache.Kept(matrix: Matrix(rows: 16, columns: 64)) }

  @Test func `what fits is found again, under equal choices only`() {
    let cache = StateCache(budget: 4 * size)
    let visit = cache.visit(data[0], [])
    visit.keep(state(), as: stream(0, 1), round: 0, isLasting: false)
    #expect(visit.kept(stream(0, 1), round: 0) != nil)
    #expect(visit.kept(stream(1, 0), round: 0) == nil)
    #expect(visit.kept(stream(0), round: 0) == nil)
    #expect(visit.kept(stream(0, 1), round: 1) == nil)
    #expect(cache.visit(data[1], []).kept(stream(0, 1), round: 0) == nil)
    #expect(cache.bytes == size)
  }

  @Test func `rounds beyond the budget push out none of their own evaluation`() {
    let cache = StateCache(budget: 2 * size)
    let visit = cache.visit(data[0], [])
    for round in 0..<3 { visit.keep(state(), as: stream(0), round: round, isLasting: false) }
    let kept = (0..<3).map { visit.kept(stream(0), round: $0) != nil }
    #expect(kept == [true, true, false] && cache.bytes == 2 * size)
  }

  @Test func `other data makes room first, then earlier plans, and what is to last never`() {
    let cache = StateCache(budget: 3 * size)
    cache.visit(data[1], []).keep(state(), as: stream(0), round: 0, isLasting: true)
    let first = cache.visit(data[0], [])
    first.keep(state(), as: stream(0), round: 0, isLasting: true)
    first.keep(state(), as: stream(1), round: 0, isLasting: false)
    let second = cache.visit(data[0], [])
    second.keep(state(), as: stream(2), round: 0, isLasting: false)
    #expect(cache.visit(data[1], []).kept(stream(0), round: 0) == nil)
    second.keep(state(), as: stream(3), round: 0, isLasting: false)
    second.keep(state(), as: stream(4), round: 0, isLasting: false)
    let kept = (0..<5).map { second.kept(stream($0), round: 0) != nil }
    #expect(kept == [true, false, true, true, false])
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `random use never exceeds the budget`(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let cache = StateCache(budget: 10 * size + 7)
    for _ in 0..<60 {
      let visit = cache.visit(data[Int.random(in: 0..<3, using: &random)], [])
      for round in 0..<Int.random(in: 1..<6, using: &random) {
        let rows = Int.random(in: 1..<64, using: &random)
        let content = stream(Int.random(in: 0..<9, using: &random))
        if visit.kept(content, round: round) == nil {
          visit.keep(
            StateCache.Kept(matrix: Matrix(rows: rows, columns: 64)), as: content, round: round,
            isLasting: Bool.random(using: &random))
        }
        #expect(cache.bytes <= cache.budget, "seed \(seed)")
      }
    }
    #expect(cache.bytes > 0)
  }

  @Test func `chains share what comes before their first difference`() {
    func chain(_ dropped: Int?, block: Int) -> [Prefix?] {
      Prefix.chain((0..<4).map { $0 == dropped ? nil : .attention(block: $0, []) })
    }
    let whole = chain(nil, block: 0)
    #expect(Prefix.shared(whole, chain(nil, block: 0)) == 4)
    #expect(Prefix.shared(whole, chain(0, block: 0)) == 0)
    #expect(Prefix.shared(whole, chain(2, block: 0)) == 2)
    #expect(Prefix.shared(chain(1, block: 0), chain(2, block: 0)) == 1)
  }
}

struct KeptPositionsTests {
  private func positions(budget: Int, tokens: Int = 10_240) throws -> KeptPositions {
    KeptPositions(
      budget: budget, tokens: tokens, spec: try DemoModel.model.get().spec)
  }

  @Test func `the standard budget holds all boundaries and logits of the bundled model`() throws {
    let kept = try positions(budget: MemoryBudget.standard.keptStates)
    #expect(kept.logits && kept.experts)
    #expect(kept.original.isSuperset(of: stride(from: 2, through: 16, by: 2)))
    #expect(kept.plan == Set(stride(from: 2, through: 16, by: 2)))
  }

  @Test func `a small budget holds the end, then boundaries evenly spaced`() throws {
    let stream = 10_240 * 256 * 4 / 8 * 9
    #expect(try positions(budget: 0).original == [16])
    #expect(try positions(budget: stream).plan == [])
    #expect(try !positions(budget: stream * 2).experts)
    let two = try positions(budget: stream * 5)
    #expect(!two.logits && two.original == [8, 16] && two.plan == [8, 16])
    #expect(try positions(budget: stream * 9).original == [4, 8, 12, 16])
  }

  @Test func `what is planned fits the budget`() throws {
    for megabytes in [1, 12, 40, 100, 429, 2000] {
      let budget = megabytes << 20
      let kept = try positions(budget: budget)
      let streams = (kept.original.count + kept.plan.count) * (10_240 * 256 * 4 / 8 * 9)
      let logits = kept.logits ? 10_240 * 4096 * 4 : 0
      #expect(kept.original.count == 1 || streams + logits <= budget)
    }
  }
}
