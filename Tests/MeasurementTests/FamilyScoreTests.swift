@testable import Measurement
import Model
import Numerics
import TestSupport
import Testing
import Transformer

/// Scores of every family against sums over tokens, with the weights its router really uses.
struct FamilyScoreTests {
  /// Field.md's formulas, expert by expert and token by token.
  private struct NaiveScores {
    var tokens: [Int]
    var reap: [Double]
    var ean: [Double]
    var meanWeight: [Double]

    init(_ fixture: FixtureModel, _ sample: MoELayerSample) throws {
      let experts = sample.moe.experts
      let pass = fixture.model.originalPass
      let lengths = try (0..<experts).map { expert in
        let outputs = try pass.outputs(
          of: ExpertID(block: sample.block, expert: expert), for: sample.inputs)
        return (0..<outputs.rows).map { Double(norm(outputs.row($0))) }
      }
      tokens = Array(repeating: 0, count: experts)
      var (weighted, plain) = (Array(repeating: 0.0, count: experts), tokens.map { Double($0) })
      var weights = plain
      for token in 0..<sample.logits.rows {
        let chosen = NaiveRouter.choose(
          sample.logits.rows(token..<token + 1).array.map { Double($0) }, sample.moe.router,
          kept: Array(0..<experts), correction: (sample.correction ?? []).map { Double($0) })
        for (expert, weight) in zip(chosen.experts, chosen.weights) {
          tokens[expert] += 1
          weights[expert] += weight
          plain[expert] += lengths[expert][token]
          weighted[expert] += weight * lengths[expert][token]
        }
      }
      let counts = tokens.map { Double(max(1, $0)) }
      reap = zip(weighted, counts).map { $0 / $1 }
      ean = zip(plain, counts).map { $0 / $1 }
      meanWeight = zip(weights, counts).map { $0 / $1 }
    }
  }

  @Test(arguments: FixtureModel.families)
  func `REAP counts with the weights the model really mixes with`(_ family: String) throws {
    let fixture = try FixtureModel(family)
    let profile = try CalibrationPass(
      fixture.model, windows: fixture.windows, seed: 0, version: "test"
    ).run()
    let samples = try fixture.samples()
    #expect(samples.map(\.block) == fixture.spec.moeBlocks)
    for sample in samples {
      let naive = try NaiveScores(fixture, sample)
      for expert in profile.blocks[sample.block].experts {
        let index = expert.index
        #expect(expert.tokens == naive.tokens[index], "expert \(sample.block).\(index)")
        for (own, expected) in [
          (expert.reap, naive.reap[index]), (expert.ean, naive.ean[index]),
          (expert.meanWeight, naive.meanWeight[index]),
          (expert.eanSum, naive.ean[index] * Double(naive.tokens[index])),
        ] {
          #expect(
            abs(own - expected) <= 1e-4 * max(abs(expected), 1e-3),
            "expert \(sample.block).\(index)")
        }
      }
    }
  }

  @Test(arguments: ["mixtral", "olmoe", "qwen3_moe"])
  func `permuting the experts permutes their scores`(_ family: String) throws {
    let fixture = try FixtureModel(family)
    var random = SeededGenerator(seed: 5)
    let order = Array(0..<fixture.spec.maximumExperts).shuffled(using: &random)
    let plain = try blocks(fixture, order: Array(order.indices))
    let permuted = try blocks(fixture, order: order)
    for (plain, permuted) in zip(plain, permuted) {
      for (place, expert) in order.enumerated() where !plain.experts.isEmpty {
        let (moved, own) = (permuted.experts[place], plain.experts[expert])
        #expect(moved.tokens == own.tokens, "seed 5, block \(plain.index), expert \(expert)")
        for score in ExpertScore.measured where score != .weightNorm && score != .outlier {
          let (value, expected) = (
            score.value(of: moved, block: 0), score.value(of: own, block: 0)
          )
          #expect(abs(value - expected) <= 1e-4 * max(abs(expected), 1e-3), "seed 5, \(score)")
        }
      }
    }
  }

  private func blocks(_ fixture: FixtureModel, order: [Int]) throws -> [BlockProfile] {
    let whole = fixture.model.originalPass
    let pass = ForwardPass(
      spec: fixture.spec, weights: PermutedExperts(source: whole.weights, order: order))
    let groups = WindowGroups(fixture.windows)
    let observer = ScoreObserver(fixture.spec, groups: groups.count, workers: .shared)
    observer.begin(
      groups: fixture.sequences.enumerated().flatMap { index, ids in
        Array(repeating: index, count: ids.count)
      })
    _ = try pass.hiddenStates(of: fixture.batch, observer: observer)
    let scores = ProfileScores(domains: ["0", "1"], groups: groups, bootstrap: nil)
    return observer.blocks.enumerated().map { scores.block($0, $1) }
  }
}

/// A model whose expert `i` is the source's expert `order[i]`.
private struct PermutedExperts: WeightSource {
  let source: any WeightSource
  let order: [Int]

  func weight(_ role: TensorRole) throws -> Matrix {
    switch role {
    case .linear(.expert(let id, let kind)):
      return try source.weight(
        .linear(.expert(ExpertID(block: id.block, expert: order[id.expert]), kind)))
    case .router:
      let rows = try source.weight(role)
      let permuted = Matrix(uninitialized: rows.rows, rows.columns)
      permuted.gather(order[...], from: rows)
      return permuted
    default: return try source.weight(role)
    }
  }

  func rows(_ indices: [Int], of role: TensorRole) throws -> Matrix {
    try source.rows(indices, of: role)
  }
}
