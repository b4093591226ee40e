import Foundation
import Numerics
import TestSupport
import Testing

@testable import Model

/// What local errors come to at the model's end.
struct BlockGainsTests {
  private let spec = ModelSpec.sample(blocks: 4, experts: 8)

  /// Errors of single experts of every block, between 1e-4 and 1e-2.
  private func errors(seed: UInt64) -> [LocalError] {
    var random = SeededGenerator(seed: seed)
    return spec.experts.map { id in
      let error = pow(10, Double.random(in: -4...(-2), using: &random))
      return LocalError(
        probe: Probe(block: id.block, .experts([id.expert])), error: error,
        errorByDomain: [error / 2, 2 * error])
    }
  }

  /// Costs of errors where block `b` multiplies with `gain(b)`.
  private func measured(
    _ errors: [LocalError], gain: (Int) -> Double
  ) -> [Probe: Sensitivity] {
    Dictionary(
      uniqueKeysWithValues: errors.map { error in
        let kl = gain(error.probe.block) * error.error
        return (
          error.probe,
          Sensitivity(
            probe: error.probe, kl: kl, klByDomain: [kl / 2, 2 * kl], lossRise: 0.9 * kl)
        )
      })
  }

  private func sweep() -> Sensitivities {
    Sensitivities(
      model: spec.fingerprint, data: Fingerprint(of: "texts"), tokens: 512, seed: 0,
      domains: ["prose", "sums"], count: 32, version: "test")
  }

  @Test func `a block's gain is that of its measured probes`() throws {
    let errors = errors(seed: 1)
    let truth = measured(errors) { 3 * Double($0 + 1) }
    let sample = truth.filter { probe, _ in
      if case .experts(let set) = probe.change { set[0] < 4 } else { false }
    }
    let gains = BlockGains(errors, measured: sample, blocks: 4, domains: 2)
    for error in errors {
      let (told, measured) = (gains.cost(error), try #require(truth[error.probe]))
      #expect(told.source == .propagated)
      #expect((0.75...1.33).contains(told.kl / measured.kl), "\(error.probe)")
      #expect((0.6...1.6).contains(told.klByDomain[1] / measured.klByDomain[1]))
      #expect(abs(told.lossRise / told.kl - 0.9) < 0.05)
    }
  }

  @Test func `a block without measured probes has the gain common to all`() throws {
    let errors = errors(seed: 2)
    let truth = measured(errors) { _ in 5 }
    let sample = truth.filter { $0.key.block != 3 }
    let gains = BlockGains(errors, measured: sample, blocks: 4, domains: 2)
    for error in errors where error.probe.block == 3 {
      #expect(abs(gains.cost(error).kl / (5 * error.error) - 1) < 0.1)
    }
  }

  @Test func `what moves nothing costs nothing`() {
    let errors = errors(seed: 3)
    let gains = BlockGains(
      errors, measured: measured(errors) { _ in 1 }, blocks: 4, domains: 2)
    let still = LocalError(
      probe: Probe(block: 0, .experts([1])), error: 0, errorByDomain: [0, 0])
    let cost = gains.cost(still)
    #expect(cost.kl == 0 && cost.klByDomain == [0, 0] && cost.lossRise == 0)
  }

  @Test func `a sweep ends with measured and propagated costs in order`() {
    let errors = errors(seed: 4)
    let order = errors.map(\.probe)
    var found = sweep()
    for block in 0..<4 {
      let own = errors.filter { $0.probe.block == block }
      let measured = measured(own) { _ in 2 }
      for error in own.suffix(2) {
        if let entry = measured[error.probe] { found.add(entry) }
      }
      #expect(found.done == 8 * block + 2)
      found.add(own)
      #expect(found.done == 8 * (block + 1) && !found.isComplete)
    }
    found.propagate(order: order, of: spec)
    #expect(found.isComplete && found.measured == 8 && found.propagated == 24)
    #expect(found.entries.map(\.probe) == order)
  }

  @Test func `costs that were mostly propagated are less sure`() {
    let errors = errors(seed: 6)
    let truth = measured(errors) { _ in 2 }
    var found = sweep()
    for error in errors.prefix(20) { if let entry = truth[error.probe] { found.add(entry) } }
    found.add(errors)
    var (few, many) = (found, sweep())
    few.propagate(order: errors.map(\.probe), of: spec)
    for error in errors.prefix(4) { if let entry = truth[error.probe] { many.add(entry) } }
    many.add(errors)
    many.propagate(order: errors.map(\.probe), of: spec)
    #expect(few.propagated == 12 && CostPrior(few) == .swept)
    #expect(many.propagated == 28)
    #expect(CostPrior(many).noise.deviation > 1.5 * CostPrior(few).noise.deviation)
  }

  @Test func `a sweep of an earlier version is read`() throws {
    var found = sweep()
    found.add(
      Sensitivity(
        probe: Probe(block: 0, .experts([1])), kl: 0.1, klByDomain: [0.1, 0.1], lossRise: 0.1))
    var text = try String(decoding: JSONEncoder().encode(found), as: UTF8.self)
    #expect(!text.contains("pending"))
    #expect(try JSONDecoder().decode(Sensitivities.self, from: Data(text.utf8)) == found)
    found.add(errors(seed: 5))
    text = try String(decoding: JSONEncoder().encode(found), as: UTF8.self)
    #expect(try JSONDecoder().decode(Sensitivities.self, from: Data(text.utf8)) == found)
  }
}
