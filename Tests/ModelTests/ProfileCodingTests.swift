import Foundation
import Model
import Numerics
import TestSupport
import Testing

struct ProfileCodingTests {
  @Test func `a profile of 61 blocks of 256 experts is small and reads back as it was`() throws {
    let spec = ModelSpec.sample(blocks: 61, experts: 256)
    var random = SeededGenerator(seed: 1)
    func score() -> Double { Double.random(in: 0..<1, using: &random) }
    func interval() -> Interval {
      let low = (score() * 1e5).rounded() / 1e6
      return Interval(low: low, high: low + (score() * 1e4).rounded() / 1e6)
    }
    var profile = Profile.sample(of: spec)
    for block in profile.blocks.indices {
      for expert in profile.blocks[block].experts.indices {
        profile.blocks[block].experts[expert] = ExpertProfile(
          index: expert, load: score(), mass: score(), selectedMass: score(), meanWeight: score(),
          reap: score(), ean: score(), weightedEan: score(),
          intervals: .init(load: interval(), mass: interval(), reap: interval(), ean: interval()),
          tokens: 1234, loadByDomain: ["prose": score(), "code": score()], weightNorm: score(),
          outliers: [score(), score(), score()])
      }
    }
    profile.windows = WindowImportances(
      tokens: 37, importances: (0..<61).map { row in (0..<61 - row).map { _ in score() } })
    let data = try JSONEncoder().encode(profile)
    #expect(data.count < 10_000_000, "\(data.count) bytes")
    #expect(try JSONDecoder().decode(Profile.self, from: data) == profile)
  }

  @Test func `experts with fewer than 64 tokens are unreliable`() {
    var profile = Profile.sample(of: .sample(blocks: 1, experts: 3))
    for (expert, tokens) in [63, 64, 0].enumerated() {
      profile.blocks[0].experts[expert].tokens = tokens
    }
    #expect(profile.blocks[0].unreliableExperts == [0, 2])
    #expect(profile.blocks[0].experts[1].isReliable)
  }
}
