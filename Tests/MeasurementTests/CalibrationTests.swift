import FoundationEssentials
@testable import Measurement
import Model
import TestSupport
import Testing

struct CalibrationTests {
  private func profile(_ domains: [String], tokens: Int, seed: UInt64 = 0) throws -> Profile {
    let windows = try DemoModel.windows("calibration", domains).sample(tokens: tokens, seed: seed)
    return try CalibrationPass(DemoModel.model.get(), windows: windows, seed: seed, version: "test")
      .run()
  }

  @Test func `loads sum to 1 in every block, overall and per domain`() throws {
    let profile = try profile(["prose", "code"], tokens: 2048)
    for block in profile.blocks {
      #expect(abs(block.experts.reduce(0) { $0 + $1.load } - 1) < 1e-9)
      #expect(abs(block.experts.reduce(0) { $0 + $1.mass } - 1) < 1e-5)
      #expect(block.experts.reduce(0) { $0 + $1.tokens } == 2 * profile.tokens)
      for domain in ["prose", "code"] {
        #expect(abs(block.experts.reduce(0) { $0 + ($1.loadByDomain[domain] ?? 0) } - 1) < 1e-9)
      }
    }
  }

  @Test func `scores are within their ranges and rest on counted tokens`() throws {
    let profile = try profile(["prose", "code"], tokens: 1024)
    for block in profile.blocks {
      #expect(block.blockImportance > 0 && block.blockImportance < 2)
      #expect(block.attentionImportance > 0 && block.moeImportance > 0)
      for expert in block.experts where expert.tokens > 0 {
        #expect(expert.meanWeight > 0 && expert.meanWeight <= 1)
        #expect(expert.reap > 0 && expert.reap <= expert.ean)
        #expect(expert.selectedMass <= expert.mass + 1e-9)
        #expect(expert.outliers.allSatisfy { $0 >= 1 } && expert.weightNorm > 0)
      }
    }
  }

  @Test func `the same seed gives the same profile, another seed other windows`() throws {
    let first = try profile(["code"], tokens: 512, seed: 1)
    let again = try profile(["code"], tokens: 512, seed: 1)
    #expect(first.data == again.data && first.blocks == again.blocks)
    #expect(try profile(["code"], tokens: 512, seed: 2).data != first.data)
  }

  @Test func `the bundled model's experts specialise by domain`() throws {
    let profile = try profile(["arithmetic", "prose"], tokens: 4096)
    let ratios = profile.blocks.flatMap(\.experts).map { expert in
      ((expert.loadByDomain["arithmetic"] ?? 0) + 1e-3)
        / ((expert.loadByDomain["prose"] ?? 0) + 1e-3)
    }
    #expect((ratios.max() ?? 0) > 5 && (ratios.min() ?? 1) < 0.2)
  }

  @Test func `a pass that goes on from any block gives the same scores`() throws {
    let model = try DemoModel.model.get()
    let windows = try DemoModel.windows("calibration", ["code"]).sample(tokens: 768, seed: 3)
    let pass = CalibrationPass(model, windows: windows, seed: 3, version: "test")
    var states: [CalibrationState] = []
    let whole = try pass.run(save: { states.append($0) })
    #expect(states.count == model.spec.blocks.count)
    let folder = try TestFolders.temporary()
    for state in [states[0], states[4]] {
      let file = folder.appending(path: "state").path
      try state.write(to: file)
      let resumed = try pass.run(from: CalibrationState(file: file))
      #expect(resumed.blocks == whole.blocks && resumed.windows == whole.windows)
    }
  }

  @Test func `a state of another pass is not used`() throws {
    let model = try DemoModel.model.get()
    let windows = try DemoModel.windows("calibration", ["code"])
    func pass(_ tokens: Int) -> CalibrationPass {
      CalibrationPass(
        model, windows: windows.sample(tokens: tokens, seed: 0), seed: 0, version: "test")
    }
    var last: CalibrationState?
    _ = try pass(512).run(save: { last = $0 })
    #expect(try pass(768).run(from: last).blocks == pass(768).run().blocks)
  }

  @Test func `streaming within a small budget gives the same scores as keeping all weights`() throws
  {
    let checkpoint = try DemoModel.model.get().checkpoint
    let windows = try DemoModel.windows("calibration", ["verse"]).sample(tokens: 512, seed: 0)
    let profiles = [MemoryBudget.least, 4 << 30].map { bytes in
      let model = LoadedModel(checkpoint, memory: MemoryBudget(bytes: bytes))
      return CalibrationPass(model, windows: windows, seed: 0, version: "test")
    }
    #expect(try profiles[0].run().blocks == profiles[1].run().blocks)
  }

  @Test func `scores do not depend on how the windows are batched`() throws {
    let checkpoint = try DemoModel.model.get().checkpoint
    let windows = try DemoModel.windows("calibration", ["verse", "code", "prose"])
      .sample(tokens: 16_384, seed: 0)
    let models = [MemoryBudget.least, 4 << 30].map {
      LoadedModel(checkpoint, memory: MemoryBudget(bytes: $0))
    }
    let rounds = models.map { windows.rounds(ofTokens: $0.memory.tokens($0.spec)).count }
    #expect(rounds[0] > 1 && rounds[1] == 1)
    let profiles = try models.map {
      try CalibrationPass($0, windows: windows, seed: 0, version: "test").run()
    }
    #expect(profiles[0].windows.tokens == profiles[1].windows.tokens)
    for (few, many) in zip(profiles[0].blocks, profiles[1].blocks) {
      #expect(abs(few.blockImportance - many.blockImportance) < 1e-6)
      #expect(few.intervals == many.intervals)
      for (one, other) in zip(few.experts, many.experts) {
        #expect(one.tokens == other.tokens && one.loadByDomain == other.loadByDomain)
        #expect(abs(one.reap - other.reap) < 1e-5 * other.reap)
        #expect(abs(one.weightedEan - other.weightedEan) < 1e-5 * other.weightedEan)
      }
    }
  }

  @Test func `a pass in several batches goes on from any of them`() throws {
    let checkpoint = try DemoModel.model.get().checkpoint
    let model = LoadedModel(checkpoint, memory: MemoryBudget(bytes: MemoryBudget.least))
    let windows = try DemoModel.windows("calibration", ["verse", "code"])
      .sample(tokens: 16_384, seed: 0)
    let pass = CalibrationPass(model, windows: windows, seed: 0, version: "test")
    let blocks = model.spec.blocks.count
    var states: [CalibrationState] = []
    var count = 0
    let whole = try pass.run(save: { state in
      // In the second batch, and between the two.
      if count == blocks - 1 || count == blocks + 2 { states.append(state) }
      count += 1
    })
    #expect(states.count == 2)
    for state in states {
      let resumed = try pass.run(from: state)
      #expect(resumed.blocks == whole.blocks && resumed.windows == whole.windows)
    }
  }

  @Test func `intervals hold the scores and narrow with more windows`() throws {
    let few = try profile(["prose", "code"], tokens: 2048)
    let many = try profile(["prose", "code"], tokens: 16_384)
    func width(_ profile: Profile) throws -> Double {
      try profile.blocks.flatMap(\.experts).reduce(0.0) {
        let interval = try #require($1.intervals).load
        return $0 + interval.high - interval.low
      }
    }
    #expect(try width(many) < 0.7 * width(few))
    for block in many.blocks {
      let own = try #require(block.intervals)
      #expect(own.block.low <= block.blockImportance && block.blockImportance <= own.block.high)
      #expect(own.moe.low <= block.moeImportance && block.moeImportance <= own.moe.high)
      for expert in block.experts where expert.isReliable {
        let own = try #require(expert.intervals)
        #expect(own.load.low <= expert.load && expert.load <= own.load.high)
        #expect(own.mass.low <= expert.mass && expert.mass <= own.mass.high)
        #expect(own.reap.low <= expert.reap && expert.reap <= own.reap.high)
        #expect(own.ean.low <= expert.ean && expert.ean <= own.ean.high)
      }
    }
  }

  @Test func `a single window gives no interval`() throws {
    let profile = try profile(["prose"], tokens: 256)
    #expect(profile.blocks.allSatisfy { $0.intervals == nil })
    #expect(profile.blocks.flatMap(\.experts).allSatisfy { $0.intervals == nil })
  }
}
