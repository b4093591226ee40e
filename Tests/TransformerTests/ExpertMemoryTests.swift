import Checkpoint
import FoundationEssentials
import Model
import Numerics
import Synchronization
import TestSupport
import Testing
import Transformer

struct ExpertMemoryTests {
  /// Counts which experts' weights are asked for, and can change those of some.
  private final class CountedWeights: WeightSource {
    private let source: CheckpointWeights
    private let changed: Set<Int>
    private let asked = Mutex<Set<Int>>([])
    var experts: Set<Int> { asked.withLock { $0 } }

    init(_ source: CheckpointWeights, changed: Set<Int> = []) {
      self.source = source
      self.changed = changed
    }

    func weight(_ role: TensorRole) throws -> Matrix {
      let weight = try source.weight(role)
      guard case .linear(.expert(let id, let kind)) = role else { return weight }
      asked.withLock { _ = $0.insert(id.expert) }
      guard changed.contains(id.expert), kind == .up else { return weight }
      let doubled = Matrix(rows: weight.rows, columns: weight.columns, weight.array)
      doubled.scale(by: 2)
      return doubled
    }
  }

  private static let block = 2
  private let source: CheckpointWeights
  private let spec: ModelSpec
  private let hidden: Matrix

  init() throws {
    let folder = TestFolders.demo.appending(path: "checkpoint").path
    source = CheckpointWeights(try Checkpoint.open(folder: folder))
    spec = source.checkpoint.spec
    var random = SeededGenerator(seed: 3)
    let batch = TokenBatch([(0..<256).map { _ in Int.random(in: 0..<4096, using: &random) }])
    let pass = ForwardPass(spec: spec, weights: source)
    let entering = try pass.run(
      blocks: 0..<Self.block, from: pass.embeddings(of: batch), of: batch)
    hidden = try pass.attentionHalf(of: Self.block, from: entering, of: batch)
  }

  private func pass(_ weights: any WeightSource, dropping dropped: Set<Int> = []) -> ForwardPass {
    var structure = Structure(spec)
    structure.blocks[Self.block].experts.removeAll { dropped.contains($0) }
    return ForwardPass(spec: spec, weights: weights, structure: structure)
  }

  private func run(
    _ pass: ForwardPass, _ memory: inout ExpertMemory
  ) throws -> [UInt32] {
    try pass.feedForwardHalf(of: Self.block, from: hidden, memory: &memory).array.map(\.bitPattern)
  }

  private func scratch(_ pass: ForwardPass) throws -> [UInt32] {
    try pass.feedForwardHalf(of: Self.block, from: hidden).array.map(\.bitPattern)
  }

  @Test func `experts that an edit leaves alone are not asked again, and no bit changes`() throws {
    var first = ExpertMemory()
    _ = try run(pass(source), &first)
    let all = Set(0..<16)
    let weights = CountedWeights(source, changed: [5, 9])
    var memory = ExpertMemory(known: first.outputs, unchanged: all.subtracting([5, 9]))
    let edited = try run(pass(weights), &memory)
    #expect(weights.experts == [5, 9])
    #expect(try edited == scratch(pass(CountedWeights(source, changed: [5, 9]))))
    #expect(edited != (try scratch(pass(source))))
    var again = ExpertMemory(known: memory.outputs, unchanged: all)
    let untouched = CountedWeights(source, changed: [5, 9])
    #expect(try run(pass(untouched), &again) == edited)
    #expect(untouched.experts.isEmpty && again.outputs?.computedRows == 0)
  }

  @Test func `a dropped expert's tokens alone are computed by the experts that get them`() throws {
    var memory = ExpertMemory()
    _ = try run(pass(source), &memory)
    let rows = try #require(memory.outputs).outputs.rows
    #expect(memory.outputs?.computedRows == rows)
    for dropped in [Set([3]), [3, 7], [7], []] {
      let unchanged = Set(0..<16)
      memory = ExpertMemory(known: memory.outputs, unchanged: unchanged)
      let pass = pass(source, dropping: dropped)
      #expect(try run(pass, &memory) == scratch(pass), "without \(dropped)")
      let computed = try #require(memory.outputs).computedRows
      // Without our kernel for products, an expert that gets a token answers all of them again.
      if Matrix.rowsStandAlone(columns: spec.hidden) { #expect(computed < rows / 2) }
    }
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `random edits of a layer give the bits of each from scratch`(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var memory = ExpertMemory()
    var (dropped, changed): (Set<Int>, Set<Int>) = ([], [])
    _ = try run(pass(source), &memory)
    for _ in 0..<12 {
      let before = changed
      let expert = Int.random(in: 0..<16, using: &random)
      if Bool.random(using: &random) {
        changed.formSymmetricDifference([expert])
      } else if dropped.count < 12 {
        dropped.formSymmetricDifference([expert])
      } else {
        dropped = []
      }
      let pass = pass(CountedWeights(source, changed: changed), dropping: dropped)
      memory = ExpertMemory(
        known: memory.outputs,
        unchanged: Set(0..<16).subtracting(before.symmetricDifference(changed)))
      #expect(
        try run(pass, &memory) == scratch(pass), "seed \(seed), \(dropped) dropped, \(changed)")
    }
  }
}
