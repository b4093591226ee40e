import Model
import TestSupport
import Testing

struct EditLanguageTests {
  @Test(arguments: [
    "drop experts 3.5", "drop experts 3.5, 3.7..9", "drop experts 2.*", "keep experts 0.1",
    "drop experts where load < 0.2 and block in 4..11",
    "drop experts where not (reap > 2 or outlier >= 9.5) and tokens != 0",
    "drop experts where load < 0.5x", "drop moe 12", "drop attention 12", "drop block 3..5",
    "keep all", "bits 4 experts", "bits 8 attention", "bits 3 down where outlier < 5 group 64",
    "bits 8 linear 3.5.down, 3.q, 2.shared.up, 0.dense.gate", "bits 16 all",
    "bits 2 experts 1.0..3 group channel symmetric",
    "bits 3 experts group 64 symmetric method gptq act-order clip activations 8",
    "bits 4 attention method awq", "bits 4 all method hqq", "sparsify 0.5 experts method wanda",
    "sparsify 2:4 down where load < 0.5x method sparsegpt",
    "sparsify 4:8 linear 3.q method magnitude",
    "sparsify 0 experts", "neurons 50% experts where load < 0.5x refit", "neurons 512 shared 2..4",
    "neurons 12.5% dense", "merge experts 3.1, 3.5..7 method average",
    "merge experts 2.* method aligned", "split experts 3.*", "calibrate sequential",
    "calibrate original",
  ])
  func `an edit's canonical text reads back as the same edit`(_ text: String) throws {
    let edit = try Edit(parsing: text)
    #expect(edit.description == text)
    #expect(try Edit(parsing: edit.description) == edit)
  }

  @Test func `words may be plural, upper case or spell a range's block again`() throws {
    #expect(try Edit(parsing: "DROP blocks 4..11") == Edit(parsing: "drop block 4..11"))
    #expect(try Edit(parsing: "drop expert 3.5..3.9") == Edit(parsing: "drop experts 3.5..9"))
    #expect(try Edit(parsing: "bits 4 experts method rtn").description == "bits 4 experts")
  }

  @Test(arguments: [
    ("drop", "experts"), ("slim experts 0.5", "one of drop, keep, bits"),
    ("drop experts 3", "3.*"), ("drop experts 3.5,", "an expert"), ("bits 7 experts", "16"),
    ("bits 4 experts group 48", "32, 64, 128 or channel"), ("drop experts where lod < 1", "load"),
    ("drop experts where load < banana", "a number"), ("drop experts where reap < 2x", "uniform"),
    ("drop experts where (load < 1", "\")\""), ("bits 8 linear", "3.5.down"),
    ("drop moe 5..3", "blocks such as"), ("bits 4 experts method gptg", "rtn, hqq, gptq, awq"),
    ("drop experts 3.5 and more", "the end"), ("drop query 3", "experts, moe"),
    ("drop experts 99999999999999999999.1", "an expert"), ("sparsify 1 experts", "2:4"),
    ("sparsify 3:4 experts", "2:4"), ("neurons 0 experts", "a share"),
    ("neurons 120% experts", "a share"), ("neurons 50% moe", "experts, shared, dense"),
    ("merge experts 3.1 method mean", "average, aligned"), ("calibrate twice", "sequential"),
    ("bits 4 experts act-order", "method gptq"), ("bits 4 experts activations 4", "8"),
  ])
  func `what is not an edit is refused with what should stand there`(
    _ text: String, _ expected: String
  ) {
    let error = #expect(throws: EditError.self) { try Edit(parsing: text) }
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
  }

  @Test func `a rule selects by the profile's scores and is stored with what it chose`() throws {
    let spec = ModelSpec.sample(blocks: 3, experts: 8)
    var plan = Plan(for: spec)
    let edit = try Edit(parsing: "drop experts where load < 0.5x and block in 1..2")
    try plan.apply(edit, spec: spec, profile: .sample(of: spec))
    #expect(plan.steps.map { "\($0.resolved)" } == ["drop experts 1.0..1, 2.0..1"])
    #expect(plan.steps.map { "\($0.said)" } == ["\(edit)"])
  }

  @Test func `load counts shares, and with x multiples of the uniform share`() throws {
    let spec = ModelSpec.sample(blocks: 1, experts: 8)
    let profile = Profile.sample(of: spec)
    for text in ["load <= \(2.0 / 36)", "load < 0.5x"] {
      let rule = try Rule(parsing: text)
      let chosen = spec.experts.filter { rule.holds(for: $0, in: spec, profile: profile) }
      #expect(chosen.map(\.expert) == [0, 1])
    }
  }

  @Test(arguments: [
    ("ean-sum < 150", [0, 1]), ("selected-mass > 0.2", [7]), ("weighted-ean > 0.5", []),
    ("weighted-ean <= 0.5 and expert < 1", [0]),
  ])
  func `sums and weighted scores can be asked for`(_ text: String, _ expected: [Int]) throws {
    let spec = ModelSpec.sample(blocks: 1, experts: 8)
    let rule = try Rule(parsing: text)
    let chosen = spec.experts.filter { rule.holds(for: $0, in: spec, profile: .sample(of: spec)) }
    #expect(chosen.map(\.expert) == expected)
  }

  @Test func `a rule over scores needs a profile, one over positions does not`() throws {
    let spec = ModelSpec.sample()
    var plan = Plan(for: spec)
    #expect(throws: EditError.needsProfile(field: "reap")) {
      try plan.apply(Edit(parsing: "drop experts where reap < 1"), spec: spec, profile: nil)
    }
    try plan.apply(
      Edit(parsing: "drop experts where expert >= 6 and block = 1"), spec: spec, profile: nil)
    #expect(plan.choices.blocks[1].keptExperts == 6)
  }

  @Test func `addresses outside the model are refused by name`() {
    let spec = ModelSpec.sample(blocks: 4, experts: 8, denseBlocks: [0])
    for (text, part) in [
      ("drop experts 4.0", "block 4"), ("drop experts 1.8", "expert 1.8"),
      ("drop experts 0.1", "has no experts"), ("drop moe 0", "dense"),
      ("bits 4 linear 0.3.down", "linear 0.3.down"), ("bits 4 shared 1", "shared in block 1"),
    ] {
      var plan = Plan(for: spec)
      let error = #expect(throws: EditError.self) {
        try plan.apply(Edit(parsing: text), spec: spec, profile: nil)
      }
      #expect(error?.description.contains(part) == true, "\(text): \(error?.description ?? "")")
    }
  }
}
