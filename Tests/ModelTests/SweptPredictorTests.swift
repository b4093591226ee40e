import Foundation
import Numerics
import TestSupport
import Testing

@testable import Model

/// Predictions that rest on a sweep.
struct SweptPredictorTests {
  private let spec = ModelSpec.sample(blocks: 4, experts: 8)

  /// A sweep in which expert `e` of block `b` costs `(e + 1)(b + 1)` thousandths of a nat, parts
  /// cost tenths, and every bit less costs four times as much.
  private func sweep(complete: Bool = true) -> Sensitivities {
    var found = Sensitivities(
      model: spec.fingerprint, data: Fingerprint(of: "texts"), tokens: 512, seed: 0,
      domains: ["prose", "sums"], count: 0, version: "test")
    for probe in Probe.all(of: spec) {
      let kl: Double =
        switch probe.change {
        case .experts(let experts): Double((experts[0] + 1) * (probe.block + 1)) / 1000
        case .part(let part): part == .block ? 0.5 : 0.2
        case .bits(_, let bits): 0.08 / pow(4, Double(bits - 2))
        case .neurons(_, let percent): Double(100 - percent) / 2000
        }
      found.add(
        Sensitivity(probe: probe, kl: kl, klByDomain: [0.5 * kl, 1.5 * kl], lossRise: kl))
    }
    found.count = complete ? found.done : found.done + 1
    return found
  }

  private func plan(_ edits: String...) throws -> Plan {
    var plan = Plan(for: spec)
    for edit in edits { try plan.apply(Edit(parsing: edit), spec: spec, profile: nil) }
    return plan
  }

  private func evaluation(kl: Double, accuracy: Double = 1) -> Evaluation {
    func figures(_ name: String, _ kl: Double) -> DomainEvaluation {
      DomainEvaluation(
        name: name, tokens: 100, perplexity: 20 * exp(kl),
        perplexityInterval: Interval(low: 19, high: 21), kl: kl,
        klInterval: Interval(low: kl, high: kl), top1Agreement: 1)
    }
    return Evaluation(
      model: spec.fingerprint, plan: Fingerprint(), data: Fingerprint(), windows: 1,
      overall: figures("overall", kl),
      domains: [figures("prose", kl / 2), figures("sums", 1.5 * kl)],
      tasks: [TaskEvaluation(name: "sums", items: 100, accuracy: accuracy)], seconds: 1,
      tokensPerSecond: 100, version: "test", fraction: 1)
  }

  /// The prediction of a plan, which has to exist.
  private func predict(_ predictor: inout Predictor, _ edits: String...) throws -> Prediction {
    var plan = Plan(for: spec)
    for edit in edits { try plan.apply(Edit(parsing: edit), spec: spec, profile: nil) }
    let prediction = predictor.predict(plan)
    return try #require(prediction)
  }

  private func predictor(_ found: Sensitivities) throws -> Predictor {
    var predictor = Predictor(profile: .sample(of: spec))
    predictor.learn(found, of: spec)
    predictor.observe(evaluation(kl: 0), of: Plan(for: spec))
    return predictor
  }

  @Test func `a change that was swept is predicted as it was measured`() throws {
    var predictor = try predictor(sweep())
    for (edit, kl) in [
      ("drop experts 2.5", 0.018), ("drop moe 1", 0.2), ("drop block 3", 0.5),
      ("bits 3 q 0", 0.02), ("bits 2 gate 1.*", 0.08), ("neurons 50% experts 0.*", 0.025),
    ] {
      let prediction = try predict(&predictor, edit)
      #expect(abs(prediction.kl / kl - 1) < 1e-6, "\(edit): \(prediction.kl)")
      #expect(prediction.interval.low < kl && kl < prediction.interval.high)
      #expect(prediction.source == .sweep && prediction.measurements == 0)
    }
  }

  @Test func `what lies between measured levels is predicted between them`() throws {
    var predictor = try predictor(sweep())
    let levels = try [2, 3, 4, 5, 6, 8].map { try predict(&predictor, "bits \($0) experts").kl }
    #expect(levels == levels.sorted(by: >))
    let widths = try [80, 70, 60, 40, 30].map {
      try predict(&predictor, "neurons \($0)% experts").kl
    }
    #expect(widths == widths.sorted())
    let one = try predict(&predictor, "bits 3 experts 1.7").kl
    let all = try predict(&predictor, "bits 3 experts 1.*").kl
    #expect(one > 0 && one < all / 2)
  }

  @Test func `changes of different parts add up`() throws {
    var predictor = try predictor(sweep())
    let both = try predict(&predictor, "drop moe 1", "drop experts 3.7")
    #expect(abs(both.kl - 0.232) < 1e-6)
  }

  @Test func `an unfinished sweep changes nothing`() throws {
    var predictor = try predictor(sweep(complete: false))
    #expect(!predictor.isSwept)
    let prediction = predictor.predict(try plan("drop moe 1"))
    #expect(prediction == nil)
  }

  @Test func `another model's sweep changes nothing`() throws {
    var found = sweep()
    found.model = Fingerprint(of: "another")
    let isSwept = try predictor(found).isSwept
    #expect(!isSwept)
  }

  @Test func `measurements that are dearer than the sweep raise predictions and narrow them`()
    throws
  {
    var predictor = try predictor(sweep())
    let target = ["drop experts 0.4", "bits 4 attention"]
    let before = try predict(&predictor, target[0], target[1])
    for expert in 0..<8 {
      let plan = try plan("drop experts 1.\(expert)")
      predictor.observe(evaluation(kl: 1.5 * Double(expert + 1) * 2 / 1000), of: plan)
    }
    let after = try predict(&predictor, target[0], target[1])
    #expect(after.kl > 1.1 * before.kl)
    #expect(after.sigma / after.kl < before.sigma / before.kl)
    #expect(after.measurements == 8)
  }

  @Test func `a task is predicted from three measured plans on, and worse plans as worse`() throws {
    var predictor = try predictor(sweep())
    let unknown = try predict(&predictor, "drop moe 1")
    #expect(unknown.tasks.isEmpty)
    for (edit, kl, accuracy) in [
      ("drop experts 1.3", 0.01, 0.99), ("drop moe 2", 0.2, 0.7), ("drop block 2", 0.5, 0.3),
    ] {
      predictor.observe(evaluation(kl: kl, accuracy: accuracy), of: try plan(edit))
    }
    let some = try #require(predict(&predictor, "drop moe 1").tasks.first)
    let more = try #require(predict(&predictor, "drop moe 1", "drop block 3").tasks.first)
    #expect(some.accuracy > more.accuracy && (0.4..<0.95).contains(some.accuracy))
    #expect(some.sigma > 0.01)
  }

  @Test func `the record looks at every plan without its own measurement`() throws {
    var predictor = try predictor(sweep())
    let empty = predictor.record()
    #expect(empty == PredictionRecord(plans: 0, inside: 0, rankCorrelation: nil))
    for expert in 0..<7 {
      predictor.observe(
        evaluation(kl: Double(expert + 1) / 1000), of: try plan("drop experts 0.\(expert)"))
    }
    predictor.observe(evaluation(kl: 5), of: try plan("drop experts 0.7"))
    let record = predictor.record()
    #expect(record.plans == 8 && record.inside == 7)
    #expect((record.rankCorrelation ?? 0) > 0.95)
  }

  @Test func `predictions do not depend on what was predicted before`() throws {
    var random = SeededGenerator(seed: 11)
    var used = try predictor(sweep())
    for _ in 0..<40 {
      let block = Int.random(in: 0..<4, using: &random)
      let edit =
        [
          "drop experts \(block).\(Int.random(in: 0..<8, using: &random))", "drop moe \(block)",
          "bits \([2, 3, 4, 8].randomElement(using: &random) ?? 4) experts \(block).*",
        ].randomElement(using: &random) ?? ""
      let plan = try plan(edit)
      var fresh = try predictor(sweep())
      let (one, other) = (used.predict(plan), fresh.predict(plan))
      #expect(one == other, "seed 11: \(edit)")
    }
  }
}
