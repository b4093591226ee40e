import FoundationEssentials
import Model
import Numerics
import TestSupport
import Testing

struct PlanTests {
  let spec = ModelSpec.sample(blocks: 3, experts: 4, expertsPerToken: 2, denseBlocks: [0])

  private func edited(_ texts: String...) throws -> Plan {
    var plan = Plan(for: spec)
    for text in texts { try plan.apply(Edit(parsing: text), spec: spec, profile: nil) }
    return plan
  }

  @Test func `a layer may not keep fewer experts than its router picks`() throws {
    var plan = try edited("drop experts 1.0..1")
    let before = plan
    #expect(throws: EditError.tooFewExperts(block: 1, kept: 1, needed: 2)) {
      try plan.apply(Edit(parsing: "drop experts 1.2"), spec: spec, profile: nil)
    }
    #expect(plan == before)
  }

  @Test func `a dropped layer may keep no experts, but not come back without them`() throws {
    var plan = try edited("drop moe 1", "drop experts 1.*")
    let error = #expect(throws: EditError.self) {
      try plan.apply(Edit(parsing: "keep moe 1"), spec: spec, profile: nil)
    }
    #expect(error == .tooFewExperts(block: 1, kept: 0, needed: 2))
  }

  @Test func `something of the model must stay`() throws {
    #expect(throws: EditError.everythingDropped) { try edited("drop block 0..2") }
    #expect(throws: EditError.everythingDropped) {
      try edited("drop attention 0..2", "drop moe 1..2", "drop block 0")
    }
  }

  @Test func `an edit that changes nothing is refused`() throws {
    var plan = try edited("drop experts 1.0")
    #expect(throws: EditError.changesNothing(edit: "drop experts 1.0")) {
      try plan.apply(Edit(parsing: "drop experts 1.0"), spec: spec, profile: nil)
    }
    #expect(throws: EditError.selectsNothing(rule: "block = 9")) {
      try plan.apply(Edit(parsing: "drop moe where block = 9"), spec: spec, profile: nil)
    }
  }

  @Test func `a group must divide the linear's inputs`() throws {
    #expect(throws: EditError.groupDoesNotDivide(linear: "1.0.down", group: 64, columns: 32)) {
      try edited("bits 4 down group 64")
    }
    let plan = try edited("bits 4 experts")
    #expect(
      plan.choices.precision(of: .expert(ExpertID(block: 1, expert: 0), .down))
        == .quantized(Quantization(bits: 4, group: .inputs(32), symmetric: false)))
  }

  @Test func `drop then keep gives the digest of the empty plan`() throws {
    let plan = try edited("drop experts 1.0", "bits 4 attention", "keep all", "bits 16 all")
    #expect(plan.digest == Plan(for: spec).digest)
    #expect(plan.isEmpty(for: spec))
    #expect(try edited("drop experts 1.0").digest != Plan(for: spec).digest)
  }

  @Test func `undo and redo walk the same plans, without limit`() throws {
    var history = PlanHistory(Plan(for: spec))
    var seen = [history.present]
    for round in 0..<200 {
      let verb = round.isMultiple(of: 2) ? "drop" : "keep"
      try history.apply(Edit(parsing: "\(verb) experts 2.3"), spec: spec, profile: nil)
      seen.append(history.present)
    }
    for plan in seen.reversed().dropFirst() {
      _ = history.undo()
      #expect(history.present == plan)
    }
    #expect(history.undo() == nil && history.redoCount == 200)
    for plan in seen.dropFirst() {
      _ = history.redo()
      #expect(history.present == plan)
    }
  }

  @Test func `a plan that took another's place is undone by its name, edits by their words`() throws
  {
    var history = PlanHistory(Plan(for: spec))
    try history.apply(Edit(parsing: "drop experts 2.3"), spec: spec, profile: nil)
    let before = history.present
    let other = try edited("bits 4 experts")
    history.replace(with: other, called: "another plan")
    #expect(history.present == other)
    #expect(history.undo()?.description == "another plan")
    #expect(history.present == before)
    #expect(history.redo() == .replacement(name: "another plan"))
    _ = history.undo()
    #expect(history.undo()?.description == "drop experts 2.3")
  }

  @Test func `random edits keep the plan legal, and undoing all of them gives the start`() throws {
    let seed: UInt64 = 20_261_121
    var random = SeededGenerator(seed: seed)
    let subjects = ["experts", "moe", "attention", "block"]
    var history = PlanHistory(Plan(for: spec))
    for _ in 0..<2000 {
      let subject = subjects.randomElement(using: &random) ?? "moe"
      let block = Int.random(in: 0..<3, using: &random)
      let address =
        subject == "experts" ? "\(block).\(Int.random(in: 0..<4, using: &random))" : "\(block)"
      let verb = Bool.random(using: &random) ? "drop" : "keep"
      let edit = try Edit(parsing: "\(verb) \(subject) \(address)")
      // Refusals are part of the walk: the plan must stay legal either way.
      try? history.apply(edit, spec: spec, profile: nil)
      let choices = history.present.choices
      for index in 1..<3 where choices.blocks[index].keepsFeedForward {
        #expect(choices.blocks[index].keptExperts >= 2, "seed \(seed)")
      }
    }
    while history.undo() != nil {}
    #expect(history.present == Plan(for: spec), "seed \(seed)")
  }

  @Test func `a saved plan reads back equal, rules and all, without a profile`() throws {
    var plan = Plan(for: spec)
    for text in ["drop experts where load < 0.5x", "bits 4 experts where block = 2", "drop moe 1"] {
      try plan.apply(Edit(parsing: text), spec: spec, profile: .sample(of: spec))
    }
    let data = try JSONEncoder().encode(PlanFile(plan, of: spec))
    let back = try JSONDecoder().decode(PlanFile.self, from: data).plan(for: spec)
    #expect(back == plan)
  }

  @Test func `a plan of another model, format or version is refused`() throws {
    var file = PlanFile(try edited("drop moe 1"), of: spec)
    file.model.fingerprint = Fingerprint(of: "another model")
    #expect(throws: PlanFileError.self) { try file.plan(for: spec) }
    file = PlanFile(Plan(for: spec), of: spec)
    file.version = 99
    #expect(throws: PlanFileError.version(99)) { try file.plan(for: spec) }
    file = PlanFile(Plan(for: spec), of: spec)
    file.edits = [PlanFile.Step(edit: "drop experts 9.9")]
    let error = #expect(throws: PlanFileError.self) { try file.plan(for: spec) }
    #expect(error?.description.hasPrefix("edit 1: there is no block 9") == true)
  }
}
