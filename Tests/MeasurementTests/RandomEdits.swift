import Model
import Numerics

/// A seeded sequence of plans, each an edit of the one before or, now and then, an undo.
struct RandomEdits {
  private let spec: ModelSpec
  private var random: SeededGenerator
  private var past: [Plan]

  init(_ spec: ModelSpec, seed: UInt64) {
    self.spec = spec
    random = SeededGenerator(seed: seed)
    past = [Plan(for: spec)]
  }

  /// The next plan; never the one before.
  mutating func next() -> Plan {
    if past.count > 2, Int.random(in: 0..<5, using: &random) == 0 {
      past.removeLast()
      return past[past.count - 1]
    }
    while true {
      var plan = past[past.count - 1]
      let text = edit()
      // What a plan refuses, such as dropping what is gone, is drawn again.
      guard let edit = try? Edit(parsing: text),
        (try? plan.apply(edit, spec: spec, profile: nil)) != nil
      else { continue }
      past.append(plan)
      return plan
    }
  }

  private mutating func edit() -> String {
    let block = spec.blocks.indices.randomElement(using: &random) ?? 0
    let moe = spec.moeBlocks.randomElement(using: &random) ?? 0
    let experts = spec.blocks[moe].expertCount
    let expert = Int.random(in: 0..<experts, using: &random)
    let other = (expert + Int.random(in: 1..<experts, using: &random)) % experts
    let texts = [
      "drop experts \(moe).\(expert)", "drop experts \(moe).\(expert)",
      "keep experts \(moe).\(expert)", "drop moe \(moe)", "keep moe \(moe)",
      "drop attention \(block)", "keep attention \(block)", "drop block \(block)",
      "bits 4 experts \(moe).\(expert)", "bits 3 experts \(moe).\(expert) method gptq",
      "bits 8 experts \(moe).\(expert) activations 8", "bits 4 attention \(block)",
      "neurons 50% experts \(moe).\(expert)", "sparsify 2:4 experts \(moe).\(expert)",
      "merge experts \(moe).\(expert), \(moe).\(other)", "split experts \(moe).\(expert)",
      "calibrate sequential", "calibrate original",
    ]
    return texts.randomElement(using: &random) ?? texts[0]
  }
}
