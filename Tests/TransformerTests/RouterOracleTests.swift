import Checkpoint
import Foundation
import Model
import Numerics
import TestSupport
import Testing
import Transformer

/// Every router against its definition, spelled out in float64 with sorted lists.
struct RouterOracleTests {
  /// What a router says about one token.
  struct Chosen {
    var experts: [Int]
    var weights: [Double]
  }

  static let kinds: [RouterKind] = [
    .softmaxThenTopK(renormalized: false), .softmaxThenTopK(renormalized: true), .topKThenSoftmax,
    .scaledSoftmax(groups: nil, scale: 1),
    .scaledSoftmax(groups: .init(count: 4, picked: 2), scale: 16),
    .sigmoid(groups: nil, renormalized: true, scale: 1),
    .sigmoid(groups: .init(count: 4, picked: 2), renormalized: true, scale: 2.5),
    .sigmoid(groups: .init(count: 2, picked: 1), renormalized: false, scale: 0.5),
    .sparseMixer(jitter: 0.01), .sparseMixer(jitter: 0.3),
  ]

  private func softmax(_ x: [Double]) -> [Double] {
    let top = x.max() ?? 0
    let powers = x.map { exp($0 - top) }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  /// The kept experts of the best groups, by the sum of their `ranking` best scores.
  private func allowed(
    _ scores: [Int: Double], _ groups: ExpertGroups?, experts: Int, ranking: Int
  ) -> [Int] {
    guard let groups else { return scores.keys.sorted() }
    let size = experts / groups.count
    let members = Dictionary(grouping: scores.keys, by: { $0 / size })
    let order = members.keys.sorted { left, right in
      func rank(_ group: Int) -> Double {
        (members[group] ?? []).compactMap { scores[$0] }.sorted(by: >).prefix(ranking).reduce(0, +)
      }
      return rank(left) > rank(right)
    }
    return order.prefix(groups.picked).flatMap { members[$0] ?? [] }
  }

  private func best(_ scores: [Int: Double], of allowed: [Int], count: Int) -> [Int] {
    Array(allowed.sorted { (scores[$0] ?? 0, $1) > (scores[$1] ?? 0, $0) }.prefix(count))
  }

  private func expected(
    _ logits: [Double], _ router: RouterSpec, kept: [Int], correction: [Double]
  ) -> Chosen {
    let count = router.expertsPerToken
    let probabilities = Dictionary(
      uniqueKeysWithValues: zip(kept, softmax(kept.map { logits[$0] })))
    let raw = Dictionary(uniqueKeysWithValues: kept.map { ($0, logits[$0]) })
    func weights(_ experts: [Int]) -> [Double] { experts.map { probabilities[$0] ?? 0 } }
    switch router.kind {
    case .softmaxThenTopK(let renormalized):
      let experts = best(probabilities, of: kept, count: count)
      let sum = renormalized ? weights(experts).reduce(0, +) : 1
      return Chosen(experts: experts, weights: weights(experts).map { $0 / sum })
    case .topKThenSoftmax:
      let experts = best(raw, of: kept, count: count)
      return Chosen(experts: experts, weights: softmax(experts.map { logits[$0] }))
    case .scaledSoftmax(let groups, let scale):
      let inside = allowed(probabilities, groups, experts: logits.count, ranking: 1)
      let experts = best(probabilities, of: inside, count: count)
      return Chosen(experts: experts, weights: weights(experts).map { $0 * Double(scale) })
    case .sigmoid(let groups, let renormalized, let scale):
      let sigmoids = raw.mapValues { 1 / (1 + exp(-$0)) }
      let scores = Dictionary(
        uniqueKeysWithValues: sigmoids.map { ($0.key, $0.value + correction[$0.key]) })
      let inside = allowed(scores, groups, experts: logits.count, ranking: 2)
      let experts = best(scores, of: inside, count: count)
      let own = experts.map { sigmoids[$0] ?? 0 }
      let sum = renormalized ? own.reduce(0, +) : 1
      return Chosen(experts: experts, weights: own.map { $0 / sum * Double(scale) })
    case .sparseMixer(let jitter):
      var left = kept
      var chosen = Chosen(experts: [], weights: [])
      for _ in 0..<count {
        let top = best(raw, of: left, count: 1)[0]
        let near = left.filter {
          (logits[top] - logits[$0]) / max(abs(logits[$0]), logits[top]) <= 2 * Double(jitter)
        }
        let sum = near.reduce(0) { $0 + exp(logits[$1] - logits[top]) }
        chosen.experts.append(top)
        chosen.weights.append(1 / sum)
        left.removeAll { $0 == top }
      }
      return chosen
    }
  }

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
      let wanted = expected(
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
        let wanted = expected(
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
