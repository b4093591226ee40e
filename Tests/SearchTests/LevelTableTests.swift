import Checkpoint
import EngineProtocol
import FoundationEssentials
import Model
import Numerics
import TestSupport
import Testing

@testable import Search

struct LevelTableTests {
  static let specs: [ModelSpec] = [
    .sample(blocks: 3, experts: 4, denseBlocks: [0]),
    .sample(blocks: 2, experts: 8, expertsPerToken: 3, sharedWidth: 96),
  ]

  private func random(_ table: LevelTable, using random: inout SeededGenerator) -> Genome {
    Genome(
      levels: table.allowed.map { range in
        // Mostly there: a genome of dropped halves says little.
        let level = UInt8.random(in: range, using: &random)
        return range == 0...1 && Int.random(in: 0..<4, using: &random) > 0 ? 0 : level
      })
  }

  @Test(arguments: specs)
  func `bytes of any genome are those of its plan's ledger`(spec: ModelSpec) throws {
    let table = LevelTable(
      spec, space: SearchSpace(), locked: LockedCells(), start: Choices(spec))
    let ledger = LedgerTable(spec)
    var generator = SeededGenerator(seed: 3)
    var tried = 0
    while tried < 60 {
      let genome = random(table, using: &generator)
      guard table.isLegal(genome) else { continue }
      tried += 1
      let plan = try table.plan(genome, PlanStyle(.gptq, refit: true))
      #expect(table.bytes(of: genome) == ledger.ledger(of: plan.choices).bytes, "try \(tried)")
    }
  }

  @Test(arguments: specs)
  func `costs within a goal's limit are plans that keep to the goal`(spec: ModelSpec) throws {
    let table = LevelTable(
      spec, space: SearchSpace(), locked: LockedCells(), start: Choices(spec))
    let ledger = LedgerTable(spec)
    var generator = SeededGenerator(seed: 4)
    for number in 0..<60 {
      let genome = random(table, using: &generator)
      guard table.isLegal(genome) else { continue }
      let found = ledger.ledger(of: try table.plan(genome, PlanStyle()).choices)
      for goal in [
        SearchGoal.memory(bytes: table.bytes(of: genome)), .memory(bytes: found.bytes - 1),
        .averageBits(2.5), .averageBits(4), .storedBits(3.5), .storedBits(8),
      ] {
        let metric = CostMetric(goal, table)
        let cost = table.halves.reduce(0) {
          $0 + metric.cost(table.amounts($1, genome.levels))
        }
        let keeps =
          switch goal {
          case .memory(let bytes): found.bytes <= bytes
          case .averageBits(let bits): found.averageBits <= bits
          case .storedBits(let bits): found.storedBitsPerWeight <= bits
          case .speed, .divergence: true
          }
        #expect((cost <= metric.limit) == keeps, "genome \(number), \(goal)")
      }
    }
  }

  @Test func `a plan's edits say again what the genome says`() throws {
    let spec = Self.specs[1]
    let table = LevelTable(
      spec, space: SearchSpace(), locked: LockedCells(), start: Choices(spec))
    var generator = SeededGenerator(seed: 5)
    for number in 0..<40 {
      let genome = random(table, using: &generator)
      guard table.isLegal(genome) else { continue }
      let plan = try table.plan(genome, PlanStyle())
      let again = table.genome(near: plan.choices)
      #expect(table.bytes(of: again) == table.bytes(of: genome), "genome \(number)")
      #expect(try table.plan(again, PlanStyle()).digest == plan.digest, "genome \(number)")
      let read = try PlanFile(plan, of: spec).plan(for: spec)
      #expect(read.choices == plan.choices, "genome \(number)")
    }
  }

  @Test func `what is locked has one level, and holds what contains it`() throws {
    let spec = Self.specs[0]
    let locked = try LockedCells(
      ["experts 1.2", "attention 2", "linear 0.dense.down"], of: spec, profile: nil)
    let table = LevelTable(spec, space: SearchSpace(), locked: locked, start: Choices(spec))
    func allowed(_ linear: LinearID) -> ClosedRange<UInt8>? {
      table.linears.first { $0.id == linear }.map { table.allowed[$0.unit] }
    }
    let expert = ExpertID(block: 1, expert: 2)
    #expect(allowed(.expert(expert, .gate)) == 0...0)
    #expect(allowed(.attention(block: 2, .key)) == 0...0)
    #expect(allowed(.dense(block: 0, .down)) == 0...0)
    #expect(allowed(.dense(block: 0, .up)) == 0...6)
    #expect(
      table.halves.map { table.allowed[$0.unit] } == [0...1, 0...0, 0...1, 0...0, 0...0, 0...1])
  }

  @Test func `merges and zeros of the plan it starts from stay`() throws {
    let spec = Self.specs[0]
    var start = Plan(for: spec)
    for text in ["merge experts 1.0, 1.3", "sparsify 50% up 2.1", "bits 4 gate 2.1 group 32"] {
      try start.apply(Edit(parsing: text), spec: spec, profile: nil)
    }
    let table = LevelTable(
      spec, space: SearchSpace(), locked: LockedCells(), start: start.choices)
    let genome = table.lightest
    let plan = try table.plan(genome, PlanStyle())
    #expect(plan.choices.blocks[1].merges == start.choices.blocks[1].merges)
    #expect(plan.choices[.expert(ExpertID(block: 2, expert: 1), .up)].sparsity != nil)
    #expect(table.bytes(of: genome) == spec.ledger(of: plan.choices).bytes)
  }
}
