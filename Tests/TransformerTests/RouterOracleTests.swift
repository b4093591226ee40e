import Checkpoint
import Foundation
import Model
import Numerics
import TestSupport
import Testing
import Transformer

/// Every router against its definition, spelled out in float64 with sorted lists.
struct RouterOracleTests {
  static let kinds: [RouterKind] = [
    .softmaxThenTopK(renormalized: false), .softmaxThenTopK(renormalized: true), .topKThenSoftmax,
    .scaledSoftmax(groups: nil, scale: 1),
    .scaledSoftmax(groups: .init(count: 4, picked: 2), scale: 16),
    .sigmoid(groups: nil, renormalized: true, scale: 1),
    .sigmoid(groups: .init(count: 4, picked: 2), renormalized: true, scale: 2.5),
    .sigmoid(groups: .init(count: 2, picked: 1), renormalized: false, scale: 0.5),
    .sparseMixer(jitter: 0.01), .sparseMixer(jitter: 0.3),
  ]

  @Test(arguments: kinds)
  func `a router is its definition, whichever experts are kept`(_ kind: RouterKind) {
    var generator = SeededGenerator(seed: 31)
    for round in 0..<200 {
      let experts = 16
      let router = RouterSpec(kind: kind, expertsPerToken: 2)
      let row = (0..<experts).map { _ in Float.random(in: -2...3, using: &generator) }
      let correction = (0..<experts).map { _ in Float.random(in: -0.5...0.5, using: &generator) }
      // At least two of every four, so that every group has enough.
      var kept: [Int] = []
      for group in 0..<4 {
        let count = round == 0 ? 4 : Int.random(in: 2...4, using: &generator)
        kept += (4 * group..<4 * group + 4).shuffled(using: &generator).prefix(count)
      }
      kept.sort()
      let routing = Routing(
        logits: Matrix(rows: 1, columns: experts, row), router: router, kept: kept,
        correction: correction)
      let wanted = NaiveRouter.choose(
        row.map { Double($0) }, router, kept: kept, correction: correction.map { Double($0) })
      #expect(routing.experts == wanted.experts, "round \(round), kept \(kept)")
      #expect(
        largestDifference(routing.weights, wanted.weights.map { Float($0) }) < 1e-5,
        "round \(round), kept \(kept)")
      let sum = routing.probabilities.array.reduce(0, +)
      #expect(abs(sum - 1) < 1e-5)
      for expert in 0..<experts where !kept.contains(expert) {
        #expect(routing.probabilities[0, expert] == 0)
      }
    }
  }

  @Test(arguments: kinds)
  func `a router chooses among the kept experts even where logits overflow`(_ kind: RouterKind) {
    let logits = Matrix(rows: 1, columns: 8, [3e38, -3e38, 0, 500, -500, 1, 2, 3])
    let routing = Routing(
      logits: logits, router: RouterSpec(kind: kind, expertsPerToken: 2), kept: [1, 2, 4, 7])
    #expect(routing.slots == 2)
    #expect(Set(routing.experts).count == 2)
    #expect(Set(routing.experts).isSubset(of: [1, 2, 4, 7]))
  }

  @Test(arguments: kinds)
  func `a router gives a token what is kept where that is less than it picks`(_ kind: RouterKind) {
    let logits = Matrix(rows: 1, columns: 8, [3, 2, 1, 0, 1, 2, 3, 4])
    let routing = Routing(
      logits: logits, router: RouterSpec(kind: kind, expertsPerToken: 2), kept: [5])
    #expect(routing.experts == [5])
  }

  @Test(arguments: Fixture.families)
  func `a fixture's tokens go to the experts that its reference logits name`(
    _ family: String
  ) throws {
    let fixture = try Fixture(family)
    let recorder = Recorder()
    _ = try fixture.pass().hiddenStates(of: fixture.batch, observer: recorder)
    for block in fixture.spec.moeBlocks {
      let moe = try #require(fixture.spec.blocks[block].moe)
      let stored = try fixture.reference.floats(named: "router.\(block).logits").map { Double($0) }
      let correction =
        moe.router.hasCorrection
        ? try fixture.weights.weight(.routerCorrection(block: block)).array.map { Double($0) } : []
      let routing = try #require(recorder.record.routings[block])
      for token in 0..<fixture.batch.count {
        let wanted = NaiveRouter.choose(
          Array(stored[token * moe.experts..<(token + 1) * moe.experts]), moe.router,
          kept: Array(0..<moe.experts), correction: correction)
        let slots = token * routing.slots..<(token + 1) * routing.slots
        #expect(Array(routing.experts[slots]) == wanted.experts, "block \(block), token \(token)")
        #expect(
          largestDifference(
            Array(routing.weights[slots]), wanted.weights.map { Float($0) }) < 1e-4)
      }
    }
  }
}
