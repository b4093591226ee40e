import Numerics
import TestSupport
import Testing

@testable import Model

/// What a sweep tries.
struct ProbeTests {
  private let specs = [
    ModelSpec.sample(blocks: 3, experts: 8),
    ModelSpec.sample(blocks: 3, experts: 6, sharedWidth: 32, denseBlocks: [0]),
  ]

  @Test func `every expert, part, kind of linear and width is tried once`() {
    for spec in specs {
      let probes = Probe.all(of: spec)
      #expect(Set(probes).count == probes.count)
      #expect(probes.count == Probe.count(in: spec))
      for expert in spec.experts {
        #expect(probes.contains(Probe(block: expert.block, .experts([expert.expert]))))
      }
    }
  }

  @Test func `every probe is an edit that a person can type, of its own block alone`() throws {
    for spec in specs {
      for probe in Probe.all(of: spec) {
        var plan = Plan(for: spec)
        try plan.apply(Edit(parsing: probe.edit.description), spec: spec, profile: nil)
        let empty = Plan(for: spec)
        let asProbe = try probe.plan(after: empty, of: spec)
        #expect(plan.choices == asProbe.choices)
        for block in spec.blocks.indices where block != probe.block {
          #expect(plan.choices.blocks[block] == empty.choices.blocks[block])
        }
      }
    }
  }

  @Test func `experts that go together are the cheapest ones and as many others`() {
    let spec = specs[0]
    let found = Probe.all(of: spec).compactMap { probe -> Sensitivity? in
      guard case .experts(let experts) = probe.change else { return nil }
      return Sensitivity(
        probe: probe, kl: Double(8 - experts[0]), klByDomain: [], lossRise: 0)
    }
    var random = SeededGenerator(seed: 1)
    let sets = Probe.together(spec, after: found, using: &random)
    #expect(sets.count == Probe.togetherCount(spec))
    #expect(sets.contains(Probe(block: 2, .experts([6, 7]))))
    #expect(sets.contains(Probe(block: 2, .experts([4, 5, 6, 7]))))
  }

  @Test func `ranks correlate as they should`() {
    #expect(RankCorrelation.spearman([1, 2, 3], [10, 20, 30]) == 1)
    #expect(RankCorrelation.spearman([1, 2, 3], [3, 2, 1]) == -1)
    #expect(RankCorrelation.spearman([1, 2, 3], [5, 5, 5]) == 0)
    // By hand: ranks 0 1.5 1.5 3 against 0 1 2 3.
    #expect(abs(RankCorrelation.spearman([1, 2, 2, 4], [1, 2, 3, 4]) - 0.948683) < 1e-6)
  }
}
