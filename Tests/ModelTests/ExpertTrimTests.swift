import Model
import TestSupport
import Testing

struct ExpertTrimTests {
  /// A profile whose expert scores are what `value` says.
  private func profile(_ spec: ModelSpec, _ value: (ExpertID) -> Double) -> Profile {
    var profile = Profile.sample(of: spec)
    for block in profile.blocks.indices {
      for expert in profile.blocks[block].experts.indices {
        profile.blocks[block].experts[expert].reap = value(ExpertID(block: block, expert: expert))
      }
    }
    return profile
  }

  private func experts(_ steps: [TrimStep]) -> [String] {
    steps.map { "\($0.unit)".split(separator: " ").last.map(String.init) ?? "" }
  }

  @Test func `layerwise, every layer loses its lowest experts`() throws {
    let spec = ModelSpec.sample(blocks: 3, experts: 4, denseBlocks: [0])
    let profile = profile(spec) { Double(($0.expert + $0.block) % 4) }
    let steps = try ExpertTrim(by: .reap, .layerwise, .count(2)).steps(profile, of: spec)
    #expect(experts(steps) == ["1.3", "1.0", "2.2", "2.3"])
    #expect(steps.map(\.score) == [0, 1, 0, 1])
    #expect(steps[0].tokens == profile.blocks[1].experts[3].tokens)
  }

  @Test func `globally, the lowest of all layers go while their routers can spare them`() throws {
    let spec = ModelSpec.sample(blocks: 2, experts: 4)
    let profile = profile(spec) { Double($0.block * 10 + $0.expert) }
    func dropped(_ trim: ExpertTrim) throws -> [String] {
      experts(try trim.steps(profile, of: spec))
    }
    // Block 0 keeps two, as its router picks two; then block 1 has to go on.
    #expect(try dropped(.init(by: .reap, .global, .count(3))) == ["0.0", "0.1", "1.0"])
    #expect(try dropped(.init(by: .reap, .global, .count(2), floor: 3)) == ["0.0", "1.0"])
    // In multiples of the layer's mean, 1.5 and 11.5.
    #expect(
      try dropped(.init(by: .reap, .global, .count(3), normalized: true)) == ["0.0", "0.1", "1.0"])
    #expect(throws: TrimError.tooManyOfAll(asked: 5, possible: 4)) {
      try dropped(.init(by: .reap, .global, .count(5)))
    }
  }

  @Test func `normalised scores compare layers of different scale`() throws {
    let spec = ModelSpec.sample(blocks: 2, experts: 4)
    // Block 0 is a hundred times smaller and nearly even; block 1 has one negligible expert.
    let profile = profile(spec) { id in
      id.block == 0 ? 0.01 + 0.001 * Double(id.expert) : id.expert == 2 ? 0.05 : 1
    }
    let raw = try ExpertTrim(by: .reap, .global, .count(1)).steps(profile, of: spec)
    let normalized = try ExpertTrim(by: .reap, .global, .count(1), normalized: true)
      .steps(profile, of: spec)
    #expect(experts(raw) == ["0.0"] && experts(normalized) == ["1.2"])
  }

  /// A reference implementation read the ids of the layers that were left as if none had gone.
  @Test func `ids do not shift once layers were dropped`() throws {
    let spec = ModelSpec.sample(blocks: 4, experts: 4)
    let profile = profile(spec) { Double(($0.expert * 7 + $0.block * 3) % 5) + 1 }
    let trim = ExpertTrim(by: .reap, .global, .count(2))
    var plan = Plan(for: spec)
    try plan.apply(Edit(parsing: "drop block 0"), spec: spec, profile: nil)
    try plan.apply(Edit(parsing: "drop moe 2"), spec: spec, profile: nil)
    let steps = try trim.steps(profile, of: spec, after: plan.choices)
    let left = try trim.steps(profile, of: spec)
      .filter { ![0, 2].contains($0.unit.block) }
    #expect(steps.allSatisfy { [1, 3].contains($0.unit.block) })
    for step in steps {
      guard case .expert(let id) = step.unit else { continue }
      #expect(step.score == profile.expert(id)?.reap)
    }
    #expect(left.allSatisfy { steps.map(\.unit).contains($0.unit) })
  }

  @Test func `experts that are gone already are neither named again nor counted as kept`() throws {
    let spec = ModelSpec.sample(blocks: 1, experts: 5)
    let profile = profile(spec) { Double($0.expert) }
    var plan = Plan(for: spec)
    try plan.apply(Edit(parsing: "drop experts 0.0"), spec: spec, profile: nil)
    let steps = try ExpertTrim(by: .reap, .layerwise, .count(2))
      .steps(profile, of: spec, after: plan.choices)
    #expect(experts(steps) == ["0.1", "0.2"])
    #expect(throws: TrimError.tooManyExperts(block: 0, asked: 3, possible: 2)) {
      try ExpertTrim(by: .reap, .layerwise, .count(3))
        .steps(profile, of: spec, after: plan.choices)
    }
  }

  @Test func `a share that comes to nothing is refused`() throws {
    let spec = ModelSpec.sample(blocks: 2, experts: 4)
    let profile = Profile.sample(of: spec)
    func steps(_ ratio: Double, _ scope: ExpertTrim.Scope) throws -> Int {
      try ExpertTrim(by: .load, scope, .ratio(ratio)).steps(profile, of: spec).count
    }
    #expect(throws: TrimError.shareTooSmall(ratio: 0.2, units: 4)) { try steps(0.2, .layerwise) }
    #expect(try steps(0.2, .global) == 1)
    #expect(try steps(0.5, .layerwise) == 4)
    for ratio in [0, 1, -0.5, 2] {
      #expect(throws: TrimError.noShare(ratio: ratio)) { try steps(ratio, .global) }
    }
    #expect(throws: TrimError.nothingAsked(count: 0)) {
      try ExpertTrim(by: .load, .layerwise, .count(0)).steps(profile, of: spec)
    }
  }

  @Test func `fewer experts than the router picks are refused`() throws {
    let spec = ModelSpec.sample(blocks: 2, experts: 8, expertsPerToken: 3)
    #expect(throws: TrimError.tooManyExperts(block: 0, asked: 6, possible: 5)) {
      try ExpertTrim(by: .load, .layerwise, .count(6)).steps(.sample(of: spec), of: spec)
    }
  }

  @Test func `a plan takes whatever is proposed for a router with groups`() throws {
    var spec = ModelSpec.sample(blocks: 2, experts: 12)
    for block in spec.blocks.indices {
      guard var moe = spec.blocks[block].moe else { continue }
      moe.router.kind = .sigmoid(
        groups: ExpertGroups(count: 4, picked: 2), renormalized: true, scale: 1)
      moe.router.expertsPerToken = 4
      spec.blocks[block].feedForward = .moe(moe)
    }
    for seed in 0..<20 {
      // Each group of three keeps two.
      for trim in [
        ExpertTrim(by: .random(seed: UInt64(seed)), .layerwise, .count(4)),
        ExpertTrim(by: .random(seed: UInt64(seed)), .global, .count(8)),
      ] {
        let steps = try trim.steps(.sample(of: spec), of: spec)
        var plan = Plan(for: spec)
        for step in steps {
          try plan.apply(Edit(parsing: "drop \(step.unit)"), spec: spec, profile: nil)
        }
        #expect(steps.count == 8, "seed \(seed)")
      }
      #expect(throws: TrimError.tooManyExperts(block: 0, asked: 5, possible: 4)) {
        try ExpertTrim(by: .random(seed: UInt64(seed)), .layerwise, .count(5))
          .steps(.sample(of: spec), of: spec)
      }
    }
  }

  @Test func `random order depends on the seed alone`() throws {
    let spec = ModelSpec.sample(blocks: 3, experts: 16)
    func order(_ seed: UInt64) throws -> [Unit] {
      try ExpertTrim(by: .random(seed: seed), .global, .count(20))
        .steps(.sample(of: spec), of: spec).map(\.unit)
    }
    #expect(try order(1) == order(1))
    #expect(try order(1) != order(2))
  }

  @Test func `names of scores and units can be read again`() {
    for score in ExpertScore.measured + [.random(seed: 7)] {
      #expect(ExpertScore("\(score)") == score)
    }
    #expect(ExpertScore("random") == nil && ExpertScore("REAP!") == nil)
    for unit in [
      Unit.expert(ExpertID(block: 3, expert: 5)), .moe(block: 1), .attention(block: 0), .block(12),
    ] {
      #expect(Unit("\(unit)") == unit)
    }
    for text in ["experts 3", "block 1.2", "moe", "block -1", "head 3", "block 3 4", "experts 3."] {
      #expect(Unit(text) == nil)
    }
  }
}
