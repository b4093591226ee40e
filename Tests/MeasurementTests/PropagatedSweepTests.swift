import Model
import Numerics
import TestSupport
import Testing
import Transformer

@testable import Measurement

/// The sweep that measures only a sample.
struct PropagatedSweepTests {
  private static let seed: UInt64 = 4

  private func sweep(_ fixture: FixtureModel) -> SensitivitySweep {
    sweep(fixture.model, fixture.windows)
  }

  private func sweep(_ model: LoadedModel, _ windows: TokenWindows) -> SensitivitySweep {
    let plan = Plan(for: model.spec)
    return SensitivitySweep(
      model, windows: windows, seed: Self.seed, combinationCount: 2,
      combinations: { found in
        let order = found.sorted { $0.kl < $1.kl }
        return [order.first, order.last].compactMap { entry in
          try? entry?.probe.plan(after: plan, of: model.spec)
        }
      }, version: "test")
  }

  private func run(
    _ fixture: FixtureModel, from known: Sensitivities? = nil,
    stopWhen: @escaping (Sensitivities) -> Bool = { _ in false }
  ) throws -> (kept: Sensitivities?, result: Sensitivities?) {
    var kept: Sensitivities?
    let result = try? sweep(fixture).run(
      isPropagated: true, from: known,
      calibration: CalibrationSample(fixture.windows, seed: 0), step: { try $0(Cancellation()) }
    ) { found in
      kept = found
      if stopWhen(found) { throw CancellationError() }
    }
    return (kept, result)
  }

  @Test(arguments: FixtureModel.families)
  func `every change has a cost, and those of the sample are what their plans measure`(
    _ family: String
  ) throws {
    let fixture = try FixtureModel(family)
    let found = try #require(run(fixture).result)
    let probes = Probe.all(of: fixture.spec)
    #expect(found.isComplete && found.pending == nil && found.combinations.count == 2)
    #expect(Array(found.entries.map(\.probe).prefix(probes.count)) == probes)
    #expect(found.propagated > found.measured)
    #expect(found.propagated + found.measured == found.done)
    #expect(found.sketches.map(\.block) == fixture.spec.moeBlocks)
    #expect(found.entries.allSatisfy { $0.kl.isFinite && $0.kl >= 0 || $0.source == .measured })
    let evaluator = Evaluator(
      fixture.model, tokenizer: nil, windows: fixture.windows, tasks: [], version: "test")
    for entry in found.entries.filter({ $0.source == .measured }).prefix(8) {
      let plan = try entry.probe.plan(after: Plan(for: fixture.spec), of: fixture.spec)
      let alone = try evaluator.evaluate(
        plan, calibration: CalibrationSample(fixture.windows, seed: 0), withTasks: false)
      #expect(entry.kl == alone.overall.kl, "\(entry.probe.edit)")
    }
  }

  @Test func `a sweep that was interrupted goes on to the same figures`() throws {
    let fixture = try FixtureModel("deepseek")
    var whole = try #require(run(fixture).result)
    // In the middle of the second block's sample, between blocks, and between the plans.
    for stop: (Sensitivities) -> Bool in [
      { $0.pending?.blocks == 1 && $0.entries.contains { $0.probe.block == 1 } },
      { $0.pending?.blocks == 2 }, { $0.combinations.count == 1 },
    ] {
      let kept = try #require(run(fixture, stopWhen: stop).kept)
      #expect(!kept.isComplete)
      var resumed = try #require(run(fixture, from: kept).result)
      whole.seconds = 0
      resumed.seconds = 0
      #expect(resumed == whole)
    }
  }

  @Test func `a sweep that measures everything does not go on from a propagated one`() throws {
    let fixture = try FixtureModel("olmoe")
    let propagated = try #require(run(fixture).result)
    let full = try sweep(fixture).run(
      from: propagated, calibration: CalibrationSample(fixture.windows, seed: 0),
      step: { try $0(Cancellation()) })
    #expect(full.propagated == 0 && full.measured == full.done)
  }

  @Test func `a piece of work that was stopped is done again`() throws {
    let fixture = try FixtureModel("olmoe")
    var attempts = 0
    var found = try sweep(fixture).run(
      isPropagated: true, calibration: CalibrationSample(fixture.windows, seed: 0),
      step: { work in
        attempts += 1
        if attempts % 3 == 0 {
          let stopped = Cancellation()
          stopped.cancel()
          #expect(throws: CancellationError.self) { try work(stopped) }
        }
        try work(Cancellation())
      })
    var undisturbed = try #require(run(fixture).result)
    (found.seconds, undisturbed.seconds) = (0, 0)
    #expect(attempts > 10 && found == undisturbed)
  }

  // MARK: - Errors

  private func errors(
    _ model: LoadedModel, _ windows: TokenWindows, dimensions: Int
  ) -> (errors: BlockErrors, batch: TokenBatch) {
    let items = windows.rounds(ofTokens: .max)[0]
    let batch = TokenBatch(items.map(\.ids))
    let errors = BlockErrors(
      model: model, calibration: CalibrationSample(windows, seed: 0),
      tokens: TokenErrors(items, domains: windows.domains.count), batch: batch,
      sketches: LayerSketches(model, windows, seed: 1),
      projection: RandomProjection(model.spec.hidden, to: dimensions, seed: 2))
    return (errors, batch)
  }

  /// The same from running the block as a whole, in float64.
  private func naiveError(_ changed: Matrix, _ original: Matrix) -> Double {
    let errors = (0..<original.rows).map { row -> Double in
      let (x, y) = (original.rows(row..<row + 1).array, changed.rows(row..<row + 1).array)
      let moved = zip(x, y).reduce(0) { $0 + Double($1.1 - $1.0) * Double($1.1 - $1.0) }
      return moved / x.reduce(0) { $0 + Double($1) * Double($1) }
    }
    return errors.reduce(0, +) / Double(errors.count)
  }

  @Test(arguments: FixtureModel.families)
  func `errors of rounding and slimming are those of the block run as a whole`(
    _ family: String
  ) throws {
    let fixture = try FixtureModel(family)
    let (errors, batch) = errors(fixture.model, fixture.windows, dimensions: 8192)
    var hidden = try fixture.model.originalPass.embeddings(of: batch)
    for block in fixture.spec.blocks.indices {
      let states = try errors.states(ofBlock: block, from: hidden, nil)
      hidden = states.after
      let probes = Probe.all(of: fixture.spec).filter {
        switch $0.change {
        case .bits(_, let bits): $0.block == block && bits < 4
        case .neurons: $0.block == block
        default: false
        }
      }
      for probe in probes {
        let isAttention = if case .bits(.attention, _) = probe.change { true } else { false }
        let found =
          try isAttention
          ? errors.attention([probe], states, nil) : errors.networks([probe], states, nil)
        let pass = try errors.pass(of: probe, from: nil, nil)
        let expected =
          isAttention
          ? naiveError(
            try pass.attentionHalf(of: block, from: states.before, of: batch), states.between)
          : naiveError(
            try pass.feedForwardHalf(of: block, from: states.between), states.after)
        let error = try #require(found.first?.error)
        #expect(abs(error - expected) < 0.05 * expected + 1e-9, "\(probe.edit)")
      }
    }
  }

  @Test func `dropping an expert that no token picks moves nothing and costs nothing`() throws {
    let fixture = try FixtureModel("olmoe")
    // Two tokens cannot reach all experts.
    let windows = TokenWindows(
      domains: [DomainWindows(name: "few", windows: [Array(fixture.sequences[0].prefix(2))])])
    let (errors, batch) = errors(fixture.model, windows, dimensions: 16)
    let hidden = try fixture.model.originalPass.embeddings(of: batch)
    let states = try errors.states(ofBlock: 0, from: hidden, nil)
    let layer = try #require(states.layer)
    let picked = Set(layer.routing(keeping: Array(0..<layer.moe.experts)).experts)
    let probes = (0..<layer.moe.experts).map { Probe(block: 0, .experts([$0])) }
    let drops = try errors.drops(probes, states, together: { _ in [] }, nil)
    let found = try #require(drops?.errors)
    for (expert, error) in found.enumerated() {
      #expect((error.error == 0) == !picked.contains(expert), "\(expert)")
    }
    #expect(picked.count < layer.moe.experts)
  }

  // MARK: - The bundled model

  @Test func `propagated costs rank the demo's changes as measured ones do`() throws {
    let windows = try DemoModel.windows("calibration", ["code", "prose"])
      .sample(tokens: 1024, seed: 0)
    let model = try DemoModel.model.get()
    let calibration = CalibrationSample(windows, seed: 0)
    let propagated = try sweep(model, windows).run(
      isPropagated: true, calibration: calibration, step: { try $0(Cancellation()) })
    #expect(propagated.propagated > 3 * propagated.measured)
    // Every fifth is enough to tell.
    let evaluator = Evaluator(model, tokenizer: nil, windows: windows, tasks: [], version: "test")
    let entries = propagated.entries.filter { $0.source == .propagated }
    var measured = Sensitivities(
      model: model.spec.fingerprint, data: windows.fingerprint, tokens: windows.tokens, seed: 0,
      domains: propagated.domains, count: entries.count, version: "test")
    for index in entries.indices where index.isMultiple(of: 5) {
      let probe = entries[index].probe
      let plan = try probe.plan(after: Plan(for: model.spec), of: model.spec)
      let found = try evaluator.evaluate(plan, calibration: calibration, withTasks: false)
      measured.add(
        Sensitivity(
          probe: probe, kl: found.overall.kl, klByDomain: found.domains.map(\.kl), lossRise: 0))
    }
    let record = PropagationRecord(propagated, measured: measured)
    #expect(record.parts[0].probes > 50)
    // 0.96, 1.47 and 0.65 when this was written; all texts' windows together give 0.97, 1.33 and 0.50.
    #expect(record.parts[0].rankCorrelation > 0.9, "\(record.parts)")
    #expect(record.parts[0].medianFactor < 1.8, "\(record.parts)")
    #expect(record.parts[0].deviation < 0.9, "\(record.parts)")
  }

  @Test func `streaming within a small budget finds the same errors`() throws {
    let checkpoint = try DemoModel.model.get().checkpoint
    let windows = try DemoModel.windows("calibration", ["verse"]).sample(tokens: 512, seed: 0)
    let found = try [MemoryBudget.least, 4 << 30].map { bytes in
      let model = LoadedModel(checkpoint, memory: MemoryBudget(bytes: bytes))
      #expect(model.streams == (bytes == MemoryBudget.least))
      let (errors, batch) = errors(model, windows, dimensions: 16)
      let hidden = try model.originalPass.embeddings(of: batch)
      let states = try errors.states(ofBlock: 0, from: hidden, nil)
      let probes = Probe.all(of: model.spec).filter { $0.block == 0 }
      return try errors.networks(
        probes.filter { if case .bits(.expert, _) = $0.change { true } else { false } }, states,
        nil)
    }
    #expect(found[0] == found[1] && found[0].count == 12)
  }
}
