import EngineProtocol
import Model
import Numerics
import TestSupport
import Testing

@testable import Search

struct BudgetSolverTests {
  private func model(
    _ spec: ModelSpec, _ space: SearchSpace = SearchSpace(), seed: UInt64 = 1,
    locked: LockedCells = LockedCells()
  ) -> LossModel {
    let table = LevelTable(spec, space: space, locked: locked, start: Choices(spec))
    return LossModel(table, .sample(of: spec, seed: seed))
  }

  @Test func `no budget is exceeded, and a larger one never loses more`() throws {
    let spec = ModelSpec.sample(blocks: 4, experts: 8, sharedWidth: 64, denseBlocks: [1])
    for seed in 1...4 as ClosedRange<UInt64> {
      let loss = model(spec, seed: seed)
      let solver = BudgetSolver(loss, .memory(bytes: 0))
      let least = solver.leastCost + loss.table.outsideBytes
      var before = Double.infinity
      for budget in stride(from: least, to: least * 8, by: least / 3 + 1) {
        let genome = try #require(
          BudgetSolver(loss, .memory(bytes: budget)).solve(), "seed \(seed), budget \(budget)")
        #expect(loss.table.isLegal(genome), "seed \(seed), budget \(budget)")
        #expect(loss.table.bytes(of: genome) <= budget, "seed \(seed), budget \(budget)")
        let predicted = loss.predict(genome)
        #expect(predicted <= before * 1.02 + 1e-9, "seed \(seed), budget \(budget)")
        before = min(before, predicted)
      }
      #expect(BudgetSolver(loss, .memory(bytes: least - 1)).solve() == nil, "seed \(seed)")
    }
  }

  /// Every genome of a model so small that all can be tried.
  private func all(_ table: LevelTable) -> [Genome] {
    var genomes: [[UInt8]] = [[]]
    for range in table.allowed { genomes = genomes.flatMap { g in range.map { g + [$0] } } }
    return genomes.map(Genome.init)
  }

  @Test func `on tiny models it comes within a fifth of the best of all plans`() throws {
    let spec = ModelSpec.sample(blocks: 1, experts: 3, expertsPerToken: 1)
    let space = SearchSpace(actions: [.experts, .bits], bits: [4])
    for seed in 1...8 as ClosedRange<UInt64> {
      let loss = model(spec, space, seed: seed)
      let genomes = all(loss.table).filter(loss.table.isLegal).map {
        (bytes: loss.table.bytes(of: $0), loss: loss.predict($0))
      }
      let sizes = genomes.map(\.bytes)
      let (least, most) = (sizes.min() ?? 0, sizes.max() ?? 0)
      for share in [0.0, 0.1, 0.3, 0.5, 0.7, 1] {
        let budget = least + Int(share * Double(most - least))
        let best = genomes.filter { $0.bytes <= budget }.map(\.loss).min() ?? .infinity
        let genome = try #require(BudgetSolver(loss, .memory(bytes: budget)).solve())
        #expect(loss.table.bytes(of: genome) <= budget)
        #expect(loss.predict(genome) <= best * 1.2 + 1e-9, "seed \(seed), share \(share)")
      }
    }
  }

  @Test func `bits and speed are limits too`() throws {
    let spec = ModelSpec.sample(blocks: 4, experts: 8)
    let loss = model(spec)
    for bits in [2.54, 3, 6.5] {
      let genome = try #require(BudgetSolver(loss, .averageBits(bits)).solve())
      let ledger = spec.ledger(of: try loss.table.plan(genome, PlanStyle()).choices)
      #expect(ledger.averageBits <= bits && ledger.averageBits > bits - 0.3)
    }
    let genome = try #require(BudgetSolver(loss, .speed(2)).solve())
    let active = loss.table.activeBytes(of: genome)
    #expect(2 * active <= loss.table.activeBytes(of: loss.table.lightest))
  }

  @Test func `the result does not depend on the number of workers`() {
    let spec = ModelSpec.sample(blocks: 6, experts: 8)
    let loss = model(spec)
    let goal = SearchGoal.memory(bytes: 200_000)
    let one = BudgetSolver(loss, goal, workers: Workers(count: 1)).solve()
    #expect(one == BudgetSolver(loss, goal, workers: Workers(count: 3)).solve())
  }

  @Test func `a model of 61 blocks of 256 experts is solved in seconds`() throws {
    let spec = ModelSpec.sample(
      blocks: 61, experts: 256, expertsPerToken: 8, hidden: 512, expertWidth: 128)
    let sensitivities = Sensitivities.sample(of: spec)
    let start = ContinuousClock.now
    let table = LevelTable(
      spec, space: SearchSpace(), locked: LockedCells(), start: Choices(spec))
    let loss = LossModel(table, sensitivities)
    let laid = ContinuousClock.now
    let whole = loss.table.bytes(of: loss.table.lightest)
    let genome = try #require(BudgetSolver(loss, .memory(bytes: whole / 5)).solve())
    let solved = ContinuousClock.now
    #expect(loss.table.bytes(of: genome) <= whole / 5)
    #expect(loss.table.bytes(of: genome) > whole / 5 - whole / 1000)
    print("61 x 256: table \(laid - start), solver \(solved - laid)")
    #expect(solved - laid < .seconds(20))
  }
}
