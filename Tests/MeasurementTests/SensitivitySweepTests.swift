import Model
import Numerics
import TestSupport
import Testing
import Transformer

@testable import Measurement

/// The sweep on a tiny model.
struct SensitivitySweepTests {
  private let fixture: FixtureModel

  init() throws { fixture = try FixtureModel("olmoe") }

  private func sweep() -> SensitivitySweep {
    let spec = fixture.spec
    return SensitivitySweep(
      fixture.model, windows: fixture.windows, seed: 4, combinationCount: 1,
      combinations: { found in
        // The dearest and the cheapest change together.
        let order = found.sorted { $0.kl < $1.kl }
        let empty = Plan(for: spec)
        return [order.first, order.last].compactMap(\.self).reduce([empty]) { plans, entry in
          plans.map { (try? entry.probe.plan(after: $0, of: spec)) ?? $0 }
        }
      }, version: "test")
  }

  private var calibration: CalibrationSample {
    CalibrationSample(fixture.windows, seed: 0)
  }

  private func run(from known: Sensitivities? = nil, stopAt limit: Int = .max) throws
    -> (kept: Sensitivities?, result: Sensitivities?)
  {
    var kept: Sensitivities?
    let result = try? sweep().run(
      from: known, calibration: calibration, step: { try $0(Cancellation()) }
    ) { found in
      kept = found
      if found.done >= limit { throw CancellationError() }
    }
    return (kept, result)
  }

  @Test func `every probe's figure is what its plan measures alone`() throws {
    let found = try #require(run().result)
    #expect(found.isComplete && found.combinations.count == 1)
    #expect(
      Set(found.entries.map(\.probe)).isSuperset(of: Probe.all(of: fixture.spec)))
    let evaluator = Evaluator(
      fixture.model, tokenizer: nil, windows: fixture.windows, tasks: [], version: "test")
    let empty = Plan(for: fixture.spec)
    for entry in found.entries.prefix(40) {
      let plan = try entry.probe.plan(after: empty, of: fixture.spec)
      let alone = try evaluator.evaluate(plan, calibration: calibration, withTasks: false)
      #expect(entry.kl == alone.overall.kl, "\(entry.probe.edit)")
      #expect(entry.klByDomain == alone.domains.map(\.kl))
    }
  }

  @Test func `a sweep that was interrupted goes on to the same figures`() throws {
    var whole = try #require(run().result)
    let kept = try #require(run(stopAt: 17).kept)
    #expect(kept.done == 17 && !kept.isComplete)
    var resumed = try #require(run(from: kept).result)
    whole.seconds = 0
    resumed.seconds = 0
    #expect(resumed == whole)
  }

  @Test func `another seed's sweep is not gone on from`() throws {
    var other = try #require(run(stopAt: 3).kept)
    other.seed = 99
    let steps = try #require(run(from: other).result).done
    #expect(steps > 40)
  }

  @Test func `a step that was stopped is measured again`() throws {
    var attempts = 0
    let found = try sweep().run(calibration: calibration) { work in
      attempts += 1
      guard attempts == 5 else { return try work(Cancellation()) }
      let stopped = Cancellation()
      stopped.cancel()
      #expect(throws: CancellationError.self) { try work(stopped) }
      return try work(Cancellation())
    }
    #expect(found.isComplete)
  }

  @Test(arguments: FixtureModel.families)
  func `sketches rank single drops as the layer's real output does`(_ family: String) throws {
    let fixture = try FixtureModel(family)
    let sketches = try LayerSketches(fixture.model, fixture.windows, seed: 1).make(nil)
    let samples = try fixture.samples()
    #expect(sketches.map(\.block) == fixture.spec.moeBlocks)
    var exact: [Double] = []
    var sketched: [Double] = []
    for (sketch, sample) in zip(sketches, samples) {
      let products = try ReconstructionLoss.outputProducts(
        sample, fixture.model.originalPass, bytes: 1 << 24, cancellation: nil)
      let loss = ReconstructionLoss(sample, products: products)
      let experts = Array(0..<sample.moe.experts)
      exact += experts.map { expert in loss(keeping: experts.filter { $0 != expert }) }
      sketched += experts.map { sketch.error(without: [$0], in: fixture.spec) }
    }
    #expect(RankCorrelation.spearman(exact, sketched) > 0.7)
  }
}
