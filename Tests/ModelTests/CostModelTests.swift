import Checkpoint
import FoundationEssentials
import Model
import Numerics
import TestSupport
import Testing

struct CostModelTests {
  private func spec(_ name: String) throws -> ModelSpec {
    try Checkpoint.describe(folder: TestFolders.fixtures.appending(path: name).path)
  }

  private func choices(_ spec: ModelSpec, _ edits: String...) throws -> Choices {
    var plan = Plan(for: spec)
    for edit in edits { try plan.apply(Edit(parsing: edit), spec: spec, profile: nil) }
    return plan.choices
  }

  // MARK: Bytes

  @Test func `Mixtral keeps 512 MiB of keys and values at 4096 tokens`() throws {
    let spec = try spec("configs/mixtral-8x7b")
    let costs = CostModel(spec)
    let workload = Workload(context: 4096)
    // 32 blocks, keys and values of 8 heads of 128, two bytes.
    #expect(try costs.cacheBytes(choices(spec), workload, on: .h100) == 512 << 20)
    let trimmed = try choices(spec, "drop attention 3", "drop block 8..9", "drop moe 20")
    #expect(costs.cacheBytes(trimmed, workload, on: .h100) == (512 << 20) / 32 * 29)
    let many = Workload(context: 4096, batch: 3, cacheElementBytes: 1)
    #expect(try costs.cacheBytes(choices(spec), many, on: .h100) == 768 << 20)
  }

  @Test func `a sliding window bounds the cache`() throws {
    var spec = try spec("configs/mixtral-8x7b")
    for block in 0..<16 { spec.blocks[block].attention.slidingWindow = 1024 }
    let bytes = try CostModel(spec).cacheBytes(choices(spec), Workload(context: 4096), on: .h100)
    #expect(bytes == 256 << 20 + (256 << 20) / 4)
  }

  @Test(arguments: ["deepseek_v2", "deepseek_v3"])
  func `latent attention keeps the latent vector and one rotated key`(_ name: String) throws {
    let spec = try spec(name)
    let attention = spec.blocks[0].attention
    let latent = try #require(attention.latent)
    let costs = CostModel(spec)
    let stored = try costs.cacheBytes(choices(spec), Workload(context: 10), on: .h100)
    let width = latent.keyValueRank + attention.rotaryWidth
    #expect(stored == spec.blocks.count * 10 * 2 * width)
    var own = HardwareProfile.h100
    own.execution = .float32
    let all = try costs.cacheBytes(choices(spec), Workload(context: 10), on: own)
    #expect(all == spec.blocks.count * 10 * 4 * (attention.keyWidth + attention.valueWidth))
  }

  @Test(arguments: [
    "bits 4 experts", "drop experts 1.0..3", "neurons 50% experts 2.*", "drop moe 0",
    "drop attention 3", "drop block 2", "bits 3 all", "merge experts 1.1, 1.4, 1.6",
  ])
  func `the parts add up to the ledger`(_ edit: String) throws {
    let spec = ModelSpec.sample(sharedWidth: 48, denseBlocks: [0])
    let edits = edit.hasSuffix("moe 0") ? ["drop moe 1"] : [edit]
    var plan = Plan(for: spec)
    for text in edits + ["drop experts 3.5"] {
      try plan.apply(Edit(parsing: text), spec: spec, profile: nil)
    }
    let table = LedgerTable(spec)
    let ledger = table.ledger(of: plan.choices)
    let parts = table.parts(of: plan.choices)
    let sizes = parts.map { part in
      (part.attention?.bytes ?? 0) + (part.always?.bytes ?? 0)
        + part.experts.reduce(0) { $0 + $1.size.bytes }
    }
    #expect(sizes == ledger.blockBytes)
    let weights = parts.reduce(table.outsideBlocks.weights) { sum, part in
      sum + (part.attention?.weights ?? 0) + (part.always?.weights ?? 0)
        + part.experts.reduce(0) { $0 + $1.size.weights }
    }
    #expect(weights == ledger.parameters)
  }

  // MARK: Speed

  @Test func `Mixtral fits an H200 but no H100, and an RTX 4090 with 4 bits`() throws {
    let spec = try spec("configs/mixtral-8x7b")
    let costs = CostModel(spec)
    let workload = Workload(context: 4096, prompt: 512)
    func fits(_ hardware: HardwareProfile, _ edits: String...) throws -> Bool {
      var plan = Plan(for: spec)
      for edit in edits { try plan.apply(Edit(parsing: edit), spec: spec, profile: nil) }
      return costs.estimate(of: plan.choices, workload, on: hardware).fits
    }
    let (large, small) = (try fits(.h200), try fits(.h100))
    #expect(large && !small)
    let (eight, four) = (try fits(.rtx4090, "bits 8 all"), try fits(.rtx4090, "bits 4 all"))
    #expect(!eight && four)
  }

  @Test func `a step of one token reads the active weights and the cache`() throws {
    let spec = try spec("configs/mixtral-8x7b")
    let choices = try choices(spec)
    var machine = HardwareProfile.h100
    machine.overhead = 0
    let estimate = CostModel(spec).estimate(of: choices, Workload(context: 4096), on: machine)
    // Every weight a token uses, but for the embedding, of which it reads a row, and the final norm.
    let active = spec.ledger(of: choices).activeParameters - spec.vocabulary * spec.hidden
    let bytes = Double(2 * active + estimate.cacheBytes)
    let expected = 0.8 * 3.35e12 / bytes
    #expect(abs(estimate.decode.tokensPerSecond / expected - 1) < 1e-4)
    #expect(estimate.decode.bound == .bandwidth && estimate.prefill.bound == .compute)
    #expect(abs(estimate.distinctExperts - 2) < 1e-12)
  }

  @Test func `trimmed Mixtral gains about what was published`() throws {
    let spec = try spec("configs/mixtral-8x7b")
    let costs = CostModel(spec)
    func speed(_ edits: String...) throws -> Double {
      var plan = Plan(for: spec)
      for edit in edits { try plan.apply(Edit(parsing: edit), spec: spec, profile: nil) }
      return costs.estimate(of: plan.choices, Workload(context: 2048), on: .a100)
        .decode.tokensPerSecond
    }
    let base = try speed()
    // "Demystifying the Compression of MoE" (2406.02500), table 3, measured with another program.
    let published = [
      ("drop experts where expert >= 6", 1.06), ("drop moe 20..27", 1.19),
      ("drop block 20..24", 1.17),
    ]
    for (edit, gain) in published {
      let own = try speed(edit) / base
      #expect(abs(own / gain - 1) < 0.15, "\(edit): \(own)")
    }
  }

  @Test func `trimming never slows, and a larger batch never lowers throughput`() throws {
    let spec = ModelSpec.sample(blocks: 6, experts: 16, sharedWidth: 48, denseBlocks: [0])
    let costs = CostModel(spec, profile: .sample(of: spec))
    var random = SeededGenerator(seed: 11)
    let edits = [
      "drop experts 1.3", "drop moe 2", "drop attention 4", "drop block 5", "bits 4 experts 3.*",
      "neurons 50% experts 1.*", "bits 8 attention", "drop experts 3.0..7",
    ].shuffled(using: &random)
    for hardware in HardwareProfile.published {
      for batch in [1, 4, 64] {
        var plan = Plan(for: spec)
        var last = 0.0
        for edit in [""] + edits {
          if !edit.isEmpty { try plan.apply(Edit(parsing: edit), spec: spec, profile: nil) }
          let workload = Workload(context: 128, batch: batch)
          let speed = costs.estimate(of: plan.choices, workload, on: hardware).decode
            .tokensPerSecond
          #expect(speed >= last * (1 - 1e-9), "\(edit) on \(hardware.name), batch \(batch)")
          last = speed
        }
      }
      let speeds = [1, 2, 3, 8, 50, 400].map { batch in
        costs.estimate(
          of: Choices(spec), Workload(context: 128, batch: batch), on: hardware
        ).decode.tokensPerSecond
      }
      #expect(speeds == speeds.sorted(), "\(hardware.name)")
    }
  }

  @Test func `32-bit execution gains nothing from fewer bits`() throws {
    let spec = ModelSpec.sample()
    var machine = HardwareProfile.h100
    machine.execution = .float32
    let costs = CostModel(spec)
    let workload = Workload(context: 64)
    let before = costs.estimate(of: Choices(spec), workload, on: machine)
    let after = try costs.estimate(of: choices(spec, "bits 2 all"), workload, on: machine)
    #expect(before.decode == after.decode && before.weightBytes > after.weightBytes)
  }

  @Test func `measured levels are interpolated and not left`() throws {
    let spec = ModelSpec.sample()
    func speed(_ levels: [HardwareProfile.Level]) -> Double {
      var machine = HardwareProfile.h100
      machine.execution = .float32
      machine.overhead = 0
      machine.levels = levels
      return CostModel(spec).estimate(of: Choices(spec), Workload(context: 1), on: machine)
        .decode.tokensPerSecond
    }
    func level(_ bytes: Double, _ speed: Double) -> HardwareProfile.Level {
      .init(bytes: bytes, bandwidth: speed, matrixBandwidth: speed)
    }
    let bytes = 1e9 / speed([level(1, 1e9)])
    let between = speed([level(bytes / 4, 2e9), level(bytes * 4, 1e9)])
    #expect(abs(between * bytes / (4e9 / 3) - 1) < 1e-6)
    #expect(abs(speed([level(bytes * 2, 3e9), level(bytes * 4, 1e9)]) * bytes / 3e9 - 1) < 1e-6)
  }
}

struct ExpertReadingTests {
  @Test func `even loads give the closed form`() {
    for (experts, picked) in [(8, 2), (64, 8), (4, 4)] {
      let reading = ExpertReading(
        shares: Array(repeating: 1, count: experts),
        dropped: Array(repeating: false, count: experts), expertsPerToken: picked)
      for tokens in [1, 2, 7, 100] {
        var unpicked = 1.0
        for _ in 0..<tokens { unpicked *= 1 - Double(picked) / Double(experts) }
        let expected = Double(experts) * (1 - unpicked)
        #expect(abs(reading.distinct(tokens: tokens) - expected) < 1e-9)
      }
    }
  }

  @Test func `uneven loads agree with a simulation`() {
    let seed: UInt64 = 5
    var random = SeededGenerator(seed: seed)
    let shares = (0..<16).map { _ in Double.random(in: 0.1...3, using: &random) }
    let dropped = (0..<16).map { $0 % 5 == 0 }
    let reading = ExpertReading(shares: shares, dropped: dropped, expertsPerToken: 3)
    #expect(abs(reading.picks.reduce(0, +) - 3) < 1e-9)
    #expect(zip(reading.picks, dropped).allSatisfy { $1 ? $0 == 0 : $0 > 0 && $0 <= 1 })
    for tokens in [1, 4, 20] {
      let rounds = 4000
      var total = 0
      for _ in 0..<rounds {
        var read: Set<Int> = []
        for _ in 0..<tokens { read.formUnion(picked(by: reading.picks, using: &random)) }
        total += read.count
      }
      let mean = Double(total) / Double(rounds)
      #expect(abs(mean / reading.distinct(tokens: tokens) - 1) < 0.02, "seed \(seed), \(tokens)")
    }
  }

  @Test func `an expert that everyone wants is always picked, and no more`() {
    let reading = ExpertReading(
      shares: [90, 5, 5, 0], dropped: [false, false, false, false], expertsPerToken: 2)
    #expect(reading.picks == [1, 0.5, 0.5, 0])
    #expect(reading.isNeeded([1, 2], byTokens: 1) == 0.75)
    let few = ExpertReading(
      shares: [1, 1, 1, 1], dropped: [true, true, true, false], expertsPerToken: 2)
    #expect(few.picks == [0, 0, 0, 1])
  }

  /// One token's experts, each with its probability and three in all: systematic sampling (Madow 1949).
  private func picked(by picks: [Double], using random: inout SeededGenerator) -> [Int] {
    let order = picks.indices.shuffled(using: &random)
    var next = Double.random(in: 0..<1, using: &random)
    var sum = 0.0
    var chosen: [Int] = []
    for expert in order {
      sum += picks[expert]
      while sum > next + 1e-12 {
        chosen.append(expert)
        next += 1
      }
    }
    return chosen
  }
}
