import Checkpoint
import FoundationEssentials
import Model
import Numerics
import TestSupport
import Testing

/// Edits that change what linears look like: neurons, zeros, merged experts.
struct ShapeEditTests {
  let spec = ModelSpec.sample(blocks: 3, experts: 4, expertsPerToken: 2, denseBlocks: [0])

  private func edited(_ texts: String...) throws -> Plan {
    var plan = Plan(for: spec)
    for text in texts { try plan.apply(Edit(parsing: text), spec: spec, profile: nil) }
    return plan
  }

  private func bytes(_ plan: Plan) -> Int { spec.ledger(of: plan.choices).bytes }

  @Test func `slimming takes a neuron's gate row, up row and down column from the ledger`() throws {
    let width = spec.width(of: .expert(ExpertID(block: 1, expert: 0)))
    let plan = try edited("neurons \(width - 3) experts 1.0")
    let size = 2
    #expect(bytes(Plan(for: spec)) - bytes(plan) == 3 * 3 * spec.hidden * size)
    #expect(plan.choices.width(of: .expert(ExpertID(block: 1, expert: 0)), in: spec) == width - 3)
  }

  @Test func `all neurons again is the plan without slimming`() throws {
    let plan = try edited("neurons 50% experts refit", "neurons 100% experts")
    #expect(plan.digest == Plan(for: spec).digest)
  }

  @Test func `a share that keeps no neuron is refused with the numbers`() throws {
    let width = spec.width(of: .expert(ExpertID(block: 1, expert: 0)))
    #expect(throws: EditError.neurons(network: "1.0", kept: 0, width: width)) {
      try edited("neurons 0.01% experts")
    }
    #expect(throws: EditError.neurons(network: "1.0", kept: width + 1, width: width)) {
      try edited("neurons \(width + 1) experts")
    }
  }

  @Test func `a group that no longer divides the kept neurons becomes the widest that does`() throws
  {
    let down = LinearID.expert(ExpertID(block: 1, expert: 0), .down)
    let plan = try edited("bits 4 experts", "neurons 20 experts")
    guard case .quantized(let quantization) = plan.choices.precision(of: down) else {
      Issue.record("down is not quantised")
      return
    }
    #expect(quantization.group == .channel)
    #expect(try edited("neurons 20 experts", "bits 4 experts").choices == plan.choices)
  }

  @Test func `2 of 4 zeros need inputs that 4 divides`() throws {
    let error = EditError.patternDoesNotDivide(linear: "1.0.down", pattern: "2:4", columns: 18)
    #expect(throws: error) { try edited("neurons 18 experts 1.0", "sparsify 2:4 experts") }
    #expect(throws: error) { try edited("sparsify 2:4 experts", "neurons 18 experts 1.0") }
  }

  @Test func `a share of zeros below one weight in a row is refused`() throws {
    #expect(throws: EditError.self) { try edited("sparsify 0.001 experts") }
  }

  @Test func `zeros are counted and cost what they cost before`() throws {
    let plan = try edited("sparsify 50% experts method wanda")
    let ledger = spec.ledger(of: plan.choices)
    let width = spec.width(of: .expert(ExpertID(block: 1, expert: 0)))
    #expect(ledger.zeroWeights == 2 * 4 * 3 * width * spec.hidden / 2)
    #expect(ledger.bytes == bytes(Plan(for: spec)))
    #expect(try edited("sparsify 50% experts", "sparsify 0 experts").isEmpty(for: spec))
  }

  @Test func `merged experts are stored once and all keep their router row`() throws {
    let plan = try edited("merge experts 1.0, 1.2..3")
    let ledger = spec.ledger(of: plan.choices)
    let width = spec.width(of: .expert(ExpertID(block: 1, expert: 0)))
    let expert = 3 * width * spec.hidden * 2
    #expect(ledger.bytes == bytes(Plan(for: spec)) - 2 * expert)
    #expect(ledger.keptExperts == 8 && ledger.mergedExperts == 2)
    #expect(plan.choices.blocks[1].sharing(3) == [0, 2, 3])
    #expect(plan.choices.blocks[1].sharing(1) == [1])
  }

  @Test func `dropping the expert that stands for others leaves the next in its place`() throws {
    let plan = try edited("merge experts 1.0, 1.2..3", "drop experts 1.0")
    #expect(plan.choices.blocks[1].sharing(3) == [2, 3])
    #expect(spec.ledger(of: plan.choices).mergedExperts == 1)
  }

  @Test func `an expert is in one merge only, and splitting gives it its own weights`() throws {
    let plan = try edited("merge experts 1.0, 1.1", "merge experts 1.1..2 method aligned")
    #expect(plan.choices.blocks[1].merges == [ExpertMerge([1, 2], .aligned)])
    #expect(try edited("merge experts 1.0, 1.1", "split experts 1.0").isEmpty(for: spec))
    #expect(throws: EditError.nothingToMerge(block: 1)) { try edited("merge experts 1.0") }
  }

  @Test func `codes of a quantised checkpoint are replaced, not changed`() throws {
    var spec = spec
    spec.encoding = .mxfp4
    var plan = Plan(for: spec)
    let refused = EditError.storedCodes(linear: "1.0.gate", encoding: "mxfp4")
    for text in ["neurons 50% experts", "sparsify 0.5 experts", "merge experts 1.0..1"] {
      #expect(throws: refused) { try plan.apply(Edit(parsing: text), spec: spec, profile: nil) }
    }
    try plan.apply(Edit(parsing: "bits 4 experts"), spec: spec, profile: nil)
    try plan.apply(Edit(parsing: "neurons 50% experts"), spec: spec, profile: nil)
    #expect(throws: refused) {
      try plan.apply(Edit(parsing: "bits 16 experts"), spec: spec, profile: nil)
    }
  }

  @Test func `every method, flag and order has a digest of its own`() throws {
    let plans = try [
      edited("bits 4 experts"), edited("bits 4 experts method gptq"),
      edited("bits 4 experts method gptq act-order"), edited("bits 4 experts method awq"),
      edited("bits 4 experts method hqq"), edited("bits 4 experts clip"),
      edited("bits 4 experts activations 8"), edited("sparsify 0.5 experts"),
      edited("sparsify 0.5 experts method wanda"), edited("sparsify 2:4 experts"),
      edited("neurons 50% experts"), edited("neurons 50% experts refit"),
      edited("merge experts 1.0..1"), edited("merge experts 1.0..1 method aligned"),
      edited("bits 4 experts method gptq", "calibrate sequential"),
    ]
    #expect(Set(plans.map(\.digest)).count == plans.count)
  }

  @Test func `Phi-3.5-MoE slimmed to 960 neurons has the published parameters`() throws {
    let phi = try Checkpoint.describe(
      folder: TestFolders.fixtures.appending(path: "configs/phi-3.5-moe").path)
    var plan = Plan(for: phi)
    /// Linears, embedding and head: the published count leaves out norms, biases and routers.
    func billions(_ ledger: Ledger) -> Double {
      (Double(ledger.linearWeights + 2 * phi.vocabulary * phi.hidden) / 1e6).rounded() / 1000
    }
    var ledger = phi.ledger(of: plan.choices)
    #expect(billions(ledger) == 41.87)
    #expect((Double(ledger.activeParameters) / 1e7).rounded() / 100 == 6.64)
    try plan.apply(Edit(parsing: "neurons 960 experts"), spec: phi, profile: nil)
    ledger = phi.ledger(of: plan.choices)
    #expect(billions(ledger) == 7.645)
    #expect((Double(ledger.activeParameters) / 1e7).rounded() / 100 == 2.36)
  }
}
