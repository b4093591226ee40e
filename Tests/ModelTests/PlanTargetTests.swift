import Model
import Numerics
import TestSupport
import Testing

struct PlanTargetTests {
  private let spec = ModelSpec.sample(
    blocks: 4, experts: 6, sharedWidth: 64, denseBlocks: [0])

  private static let edits = [
    "drop experts 1.2, 3.0..1", "drop attention 2", "drop moe 3", "drop block 0",
    "bits 4 experts", "bits 3 down method gptq act-order", "bits 8 attention", "bits 2 all",
    "bits 4 gate 2.* group 32", "bits 5 linear 1.2.up, 1.3.down, 1.shared.gate",
    "bits 6 q 1..2 symmetric", "bits 3 experts 1.1..4 method awq clip", "bits 8 shared",
    "bits 4 dense activations 8", "neurons 50% experts", "neurons 24 experts 2.* refit",
    "neurons 75% shared", "neurons 50% dense", "sparsify 2:4 up method wanda",
    "sparsify 50% experts 1.*", "merge experts 1.3, 1.4", "merge experts 2.0, 2.5 method aligned",
    "calibrate sequential", "keep moe 3", "bits 16 attention",
  ]

  @Test func `edits made for any plan's choices give the same choices`() throws {
    for seed in 0..<200 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      var plan = Plan(for: spec)
      for text in Self.edits.shuffled(using: &random).prefix(Int.random(in: 0...12, using: &random))
      {
        // Some change nothing, or do not fit what came before.
        try? plan.apply(Edit(parsing: text), spec: spec, profile: nil)
      }
      let again = try PlanTarget(plan.choices, of: spec).plan(for: spec)
      #expect(again.choices == plan.choices, "seed \(seed): \(plan.steps.map { "\($0.said)" })")
    }
  }

  @Test func `choices that are alike are said together`() throws {
    var plan = Plan(for: spec)
    for text in ["bits 3 experts", "bits 4 down 2.*", "bits 8 attention", "bits 2 gate 1.4"] {
      try plan.apply(Edit(parsing: text), spec: spec, profile: nil)
    }
    let again = try PlanTarget(plan.choices, of: spec).plan(for: spec)
    #expect(
      again.steps.map { "\($0.said)" } == [
        "bits 3 experts", "bits 8 attention", "bits 4 down 2.*", "bits 2 gate 1.4",
      ] || again.steps.count <= 5, "\(again.steps.map { "\($0.said)" })")
    #expect(again.choices == plan.choices)
  }
}
