import EngineProtocol
import Model
import Numerics
import Synchronization
import TestSupport
import Testing

@testable import Search

struct PlanSearchTests {
  private let spec = ModelSpec.sample(blocks: 4, experts: 6, sharedWidth: 64, denseBlocks: [0])

  private func search(
    _ goal: SearchGoal, _ space: SearchSpace = SearchSpace(), start: [String] = [],
    generations: Int = 4, seed: UInt64 = 1
  ) throws -> PlanSearch {
    let request = SearchRequest(
      goal, space: space, generations: generations,
      calibration: ProfileRequest(tokens: 1000, seed: seed))
    var search = try PlanSearch(spec, request, start: try plan(start))
    search.learn(.sample(of: spec, seed: 1))
    return search
  }

  private func plan(_ edits: [String]) throws -> Plan {
    var plan = Plan(for: spec)
    for text in edits { try plan.apply(Edit(parsing: text), spec: spec, profile: nil) }
    return plan
  }

  /// A loss that is not what the sensitivities say, nor a sum: what measuring would give.
  private func truth() -> (Plan, Int) -> Double {
    let table = LevelTable(
      spec, space: SearchSpace(), locked: LockedCells(), start: Choices(spec))
    let model = LossModel(table, .sample(of: spec, seed: 99))
    return { plan, stage in
      let loss = model.predict(table.genome(near: plan.choices))
      // Few tokens say it less exactly.
      let noise = Double(plan.digest.description.utf8.reduce(0) { $0 &+ Int($1) } % 7) / 700
      return loss * (1 + loss) * (stage == 2 ? 1 : 1 + noise)
    }
  }

  private func choices(_ point: FrontPoint) throws -> Choices {
    try #require(point.plan).plan(for: spec).choices
  }

  private var whole: Int { spec.ledger(of: Choices(spec)).bytes }

  @Test func `every measured plan keeps to the budget, and evolution ends no worse than it began`()
    throws
  {
    let truth = truth()
    for share in [2, 3, 5] {
      let budget = whole / share
      var search = try self.search(.memory(bytes: budget))
      let result = try search.run(measure: { plan, stage in
        #expect(spec.ledger(of: plan.choices).bytes <= budget)
        return truth(plan, stage)
      })
      #expect(result.best.bytes == spec.ledger(of: try choices(result.best)).bytes)
      #expect(result.best.bytes <= budget && result.generations > 0)
      #expect(try #require(result.best.measured) <= #require(result.start.measured))
    }
  }

  @Test func `equal seeds give equal plans, other seeds other searches`() throws {
    let truth = truth()
    func run(_ seed: UInt64) throws -> (plan: PlanFile?, measurements: Int) {
      var search = try self.search(.memory(bytes: whole / 4), seed: seed)
      let result = try search.run(measure: truth)
      return (result.best.plan, result.measurements)
    }
    let (first, second, other) = (try run(5), try run(5), try run(6))
    #expect(first == second)
    #expect(first != other)
  }

  @Test func `what is locked stays as the plan says that it starts from`() throws {
    let edits = ["bits 6 q 2", "drop experts 1.4", "bits 4 gate 3.*", "merge experts 3.0, 3.1"]
    let start = try plan(edits)
    let space = SearchSpace(locks: ["attention 2", "experts 1.3..4", "gate 3.*", "block 0"])
    var search = try self.search(.memory(bytes: 3 * whole / 5), space, start: edits)
    let result = try search.run(measure: truth())
    let found = try choices(result.best)
    #expect(found.blocks[0] == start.choices.blocks[0])
    #expect(found.blocks[2].keepsAttention)
    for linear in spec.blocks[2].attention.linears {
      let id = LinearID.attention(block: 2, linear)
      #expect(found[id] == start.choices[id])
    }
    #expect(found.blocks[1].expertDropped[4] && !found.blocks[1].expertDropped[3])
    #expect(found.blocks[3].merges == start.choices.blocks[3].merges)
    for expert in 0..<6 {
      let id = LinearID.expert(ExpertID(block: 3, expert: expert), .gate)
      #expect(found[id] == start.choices[id])
    }
  }

  @Test func `a plan to start from that reaches the goal is never made worse`() throws {
    let edits = ["bits 3 experts group 32", "bits 4 attention", "drop experts 2.1"]
    let start = try plan(edits)
    let truth = truth()
    let budget = spec.ledger(of: start.choices).bytes
    var search = try self.search(.memory(bytes: budget), start: edits, generations: 2)
    let result = try search.run(measure: truth)
    #expect(try #require(result.best.measured) <= truth(start, 2))
  }

  @Test func `a budget below the smallest legal plan names the smallest`() throws {
    let space = SearchSpace(actions: [.bits], bits: [4])
    let least = spec.ledger(of: try plan(["bits 4 all"]).choices).bytes
    #expect(throws: SearchError.outOfReach(.memory(bytes: least - 1), least: .bytes(least))) {
      try self.search(.memory(bytes: least - 1), space)
    }
    var search = try self.search(.memory(bytes: least), space)
    let result = try search.run(measure: truth())
    #expect(result.best.bytes == least)
    let bits = #expect(throws: SearchError.self) { try self.search(.averageBits(3.9), space) }
    #expect("\(try #require(bits))".contains("the fewest average bits of a legal plan are 4.0"))
    let speed = #expect(throws: SearchError.self) { try self.search(.speed(50), space) }
    #expect("\(try #require(speed))".contains("the fastest legal plan is"))
  }

  @Test func `a budget above the model changes nothing and says so`() throws {
    var search = try self.search(.memory(bytes: whole))
    #expect(search.isTrivial)
    let result = try search.run(measure: truth())
    #expect(try choices(result.best) == Choices(spec))
    #expect(result.notes.count == 1)
  }

  @Test func `a limit on the loss is kept in as few bytes as were found`() throws {
    let truth = truth()
    var before = Int.max
    for most in [0.001, 0.01, 0.1] {
      var search = try self.search(.divergence(most))
      let result = try search.run(measure: truth)
      #expect(try #require(result.best.measured) <= most)
      #expect(result.best.bytes < before, "\(most)")
      before = result.best.bytes
    }
  }

  @Test func `the method that measures best is the plan's`() throws {
    let truth = truth()
    let space = SearchSpace(methods: [.roundToNearest, .gptq])
    var search = try self.search(.memory(bytes: whole / 4), space, generations: 1)
    let result = try search.run(measure: { plan, stage in
      let isGPTQ = plan.steps.contains { "\($0.said)".contains("gptq") }
      return truth(plan, stage) * (isGPTQ ? 0.7 : 1)
    })
    #expect(try #require(result.best.plan).edits.contains { $0.edit.contains("method gptq") })
  }

  @Test func `what measuring or progress throws ends it at once`() throws {
    var search = try self.search(.memory(bytes: whole / 4))
    var measured = 0
    #expect(throws: CancellationError.self) {
      try search.run(measure: { _, _ in
        measured += 1
        if measured == 5 { throw CancellationError() }
        return 0.1
      })
    }
    #expect(measured == 5)
  }
}
