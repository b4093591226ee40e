import Checkpoint
import FoundationEssentials
import Model
import Numerics
import TestSupport
import Testing

struct LedgerTests {
  private func spec(_ name: String) throws -> ModelSpec {
    try Checkpoint.describe(folder: TestFolders.fixtures.appending(path: "configs/\(name)").path)
  }

  private func gibibytes(_ spec: ModelSpec, _ edits: String...) throws -> Double {
    Double(try ledger(spec, edits).bytes) / 0x1p30
  }

  private func ledger(_ spec: ModelSpec, _ edits: [String]) throws -> Ledger {
    var plan = Plan(for: spec)
    for edit in edits { try plan.apply(Edit(parsing: edit), spec: spec, profile: nil) }
    return spec.ledger(of: plan.choices)
  }

  private func tenth(_ value: Double) -> Double { (value * 10).rounded() / 10 }

  @Test func `Mixtral's weights match the published memory, trimmed in every way`() throws {
    let spec = try spec("mixtral-8x7b")
    #expect(tenth(try gibibytes(spec)) == 87.0)
    #expect(tenth(try gibibytes(spec, "drop experts where expert >= 6")) == 66.0)
    #expect(tenth(try gibibytes(spec, "drop moe 20..27")) == 66.0)
    #expect(tenth(try gibibytes(spec, "drop block 20..24")) == 73.5)
  }

  @Test func `DeepSeek's weights match the published memory, trimmed in every way`() throws {
    let spec = try spec("deepseek-moe-16b")
    #expect(tenth(try gibibytes(spec)) == 30.5)
    #expect(tenth(try gibibytes(spec, "drop experts where expert >= 48")) == 23.5)
    #expect(tenth(try gibibytes(spec, "drop moe 10..13")) == 26.2)
    #expect(tenth(try gibibytes(spec, "drop block 10..13")) == 26.1)
  }

  @Test func `floating-point operations match the published figures`() throws {
    let mixtral = try spec("mixtral-8x7b")
    let deepseek = try spec("deepseek-moe-16b")
    func tera(_ spec: ModelSpec, _ edits: String...) throws -> Double {
      var plan = Plan(for: spec)
      for edit in edits { try plan.apply(Edit(parsing: edit), spec: spec, profile: nil) }
      return spec.flops(tokens: 2048, choices: plan.choices) / 1e12
    }
    // The paper gives two decimals, some cut and some rounded.
    func agrees(_ value: Double, _ published: Double) -> Bool { abs(value - published) < 0.01 }
    #expect(try agrees(tera(mixtral), 54.41))
    #expect(try agrees(tera(mixtral, "drop moe 20..27"), 42.87))
    #expect(try agrees(tera(mixtral, "drop block 20..24"), 45.99))
    #expect(try agrees(tera(deepseek), 11.69))
    #expect(try agrees(tera(deepseek, "drop moe 10..13"), 10.55))
    #expect(try agrees(tera(deepseek, "drop block 10..13"), 10.14))
  }

  @Test(arguments: [
    (["bits 4 attention"], 2.058),
    (["bits 4 attention", "bits 4 experts where block in 0..3"], 2.301),
    (["bits 4 attention", "bits 4 experts where block in 0..7"], 2.543),
    (["bits 4 attention", "bits 4 experts where expert in 0..1"], 2.543),
    (["bits 4 attention", "bits 4 experts where block in 0..15"], 3.029),
    (["bits 4 attention", "bits 4 down"], 2.705),
  ])
  func `average bits match the benchmark of mixed precision`(
    _ edits: [String], _ expected: Double
  ) throws {
    let ledger = try ledger(spec("mixtral-8x7b"), ["bits 2 all"] + edits)
    #expect((ledger.averageBits * 1000).rounded() / 1000 == expected)
  }

  @Test func `scales and zero points add (16 + bits) / group to every weight`() throws {
    let ledger = try ledger(spec("mixtral-8x7b"), ["bits 4 all group 128"])
    #expect(ledger.averageBits == 4)
    #expect(abs(ledger.storedBitsPerWeight - (4 + 20.0 / 128)) < 1e-9)
  }

  @Test func `parameters and active parameters match the published counts`() throws {
    let mixtral = try ledger(spec("mixtral-8x7b"), [])
    #expect(mixtral.parameters == 46_702_792_704)
    #expect(mixtral.activeParameters == 12_879_925_248)
    #expect(try ledger(spec("deepseek-moe-16b"), []).parameters == 16_375_728_128)
    #expect(try ledger(spec("olmoe-1b-7b"), []).parameters == 6_919_161_856)
  }

  @Test func `the empty plan's bytes are the sum over all tensors`() {
    let spec = ModelSpec.sample(sharedWidth: 48, denseBlocks: [0, 2])
    let ledger = spec.ledger(of: Choices(spec))
    #expect(ledger.bytes == spec.tensors.reduce(0) { $0 + $1.bytes })
    #expect(ledger.bytes == ledger.baselineBytes)
    #expect(ledger.parameters == spec.tensors.reduce(0) { $0 + $1.elements })
  }

  @Test func `any plan's bytes are the sum over the tensors it keeps`() throws {
    let seed: UInt64 = 7
    var random = SeededGenerator(seed: seed)
    for _ in 0..<50 {
      let spec = ModelSpec.sample(
        blocks: Int.random(in: 2...5, using: &random),
        experts: Int.random(in: 3...9, using: &random),
        hidden: 32 * Int.random(in: 1...4, using: &random) * 4,
        expertWidth: 32 * Int.random(in: 1...5, using: &random),
        sharedWidth: Bool.random(using: &random) ? 64 : nil, denseBlocks: [1])
      var plan = Plan(for: spec)
      for text in [
        "drop experts where expert = \(Int.random(in: 0..<3, using: &random))", "drop attention 0",
        "drop block 1", "bits \(Quantization.allowedBits.randomElement(using: &random) ?? 4) down",
        "bits 3 q group 32 symmetric",
      ] {
        // A refusal (dropping what is dropped) leaves the plan as it was, which is fine here.
        try? plan.apply(Edit(parsing: text), spec: spec, profile: nil)
      }
      #expect(spec.ledger(of: plan.choices).bytes == naiveBytes(spec, plan.choices), "seed \(seed)")
    }
  }

  /// The definition, tensor by tensor: the oracle of the fast table.
  private func naiveBytes(_ spec: ModelSpec, _ choices: Choices) -> Int {
    spec.tensors.reduce(0) { sum, tensor in
      guard let index = tensor.role.block else { return sum + tensor.bytes }
      let block = choices.blocks[index]
      switch tensor.role {
      case .attentionNorm, .queryNorm, .keyNorm:
        return sum + (block.keepsAttention ? tensor.bytes : 0)
      case .feedForwardNorm: return sum + (block.keepsFeedForward ? tensor.bytes : 0)
      case .router:
        let row = tensor.bytes / tensor.shape[0]
        return sum + (block.keepsFeedForward ? row * block.keptExperts : 0)
      case .linear(let id):
        let kept =
          switch id {
          case .attention: block.keepsAttention
          case .expert(let expert, _): choices.keeps(expert)
          case .shared, .dense: block.keepsFeedForward
          }
        guard kept else { return sum }
        guard case .quantized(let format) = choices.precision(of: id) else {
          return sum + tensor.bytes
        }
        return sum + format.bytes(rows: tensor.shape[0], columns: tensor.shape[1])
      default: return sum + tensor.bytes
      }
    }
  }
}
