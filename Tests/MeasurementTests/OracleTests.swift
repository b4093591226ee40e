import Foundation
@testable import Measurement
import Model
import Numerics
import TestSupport
import Testing
@testable import Transformer

/// Scores against the values that the reference implementations gave (Tests/Fixtures/formulas.json).
struct OracleTests {
  private let oracles: Oracles

  init() throws {
    let file = TestFolders.fixtures.appending(path: "formulas.json")
    oracles = try JSONDecoder().decode(Oracles.self, from: Data(contentsOf: file))
  }

  /// `inp(n,m,a,b,c)[i][j] = sin(a*i + b*j + c)`.
  private func input(_ rows: Int, _ columns: Int, _ a: Double, _ b: Double, _ c: Double) -> Matrix {
    matrix(rows, columns) { sin(a * Double($0) + b * Double($1) + c) }
  }

  private func matrix(_ rows: Int, _ columns: Int, _ value: (Int, Int) -> Double) -> Matrix {
    let elements = (0..<rows).flatMap { row in (0..<columns).map { Float(value(row, $0)) } }
    return Matrix(rows: rows, columns: columns, elements)
  }

  @Test func `the outlier score agrees`() {
    let score = WeightScores(input(6, 5, 1.7, 0.9, 0.3)).outlier
    #expect(abs(score - oracles.outlier.score[0]) < 1e-5)
  }

  @Test func `the MoE-layer importance agrees, residual included`() {
    let before = input(7, 4, 1.1, 0.7, 0.2)
    let added = input(7, 4, 0.5, 1.3, 1.0)
    let after = matrix(7, 4) { Double(before[$0, $1]) + Double(added[$0, $1]) }
    let cosines = (0..<7).reduce(0.0) { $0 + Double(cosine(before.row($1), after.row($1))) }
    #expect(abs(cosines / 7 - oracles.layerDrop.similarity[0]) < 1e-5)
  }

  @Test(arguments: [false, true])
  func `REAP, EAN, frequency and mass agree with and without renormalisation`(
    _ renormalized: Bool
  ) throws {
    let (tokens, experts, hidden) = (6, 4, 3)
    let logits = matrix(tokens, experts) { cos(1.3 * Double($0) + 0.7 * Double($1)) }
    let router = RouterSpec(
      kind: .softmaxThenTopK(renormalized: renormalized), expertsPerToken: 2)
    let routing = Routing(logits: logits, router: router, kept: Array(0..<experts))
    let spec = ModelSpec.sample(blocks: 1, experts: experts)
    let observer = ScoreObserver(spec, groups: 1, workers: Workers(count: 2))
    observer.begin(groups: Array(repeating: 0, count: tokens))
    observer.router(0, logits: logits, routing: routing)
    for expert in 0..<experts {
      let rows = (0..<tokens).filter { routing.experts(of: $0).contains(expert) }
      let weights = rows.map { row -> Float in
        let slot = routing.experts(of: row).firstIndex(of: expert) ?? 0
        return routing.weights[slot]
      }
      let output = matrix(rows.count, hidden) { row, column in
        sin(Double(((expert * 6) + rows[row]) * 3 + column))
      }
      observer.expert(
        ExpertActivations(
          id: ExpertID(block: 0, expert: expert), tokens: rows[...], weights: weights[...],
          input: output, intermediate: output, output: output))
    }
    let expected = renormalized ? oracles.reap.renormalized : oracles.reap.plain
    let scores = ProfileScores(
      domains: ["all"], groups: WindowGroups(windows: [1]), bootstrap: nil)
    let profiles = scores.block(0, observer.blocks[0]).experts
    for (own, profile) in zip(observer.blocks[0].experts, profiles) {
      let index = profile.index
      #expect(Double(own.tokens) == expected.frequency[index])
      #expect(abs(own.norm - expected.eanSum[index]) < 1e-5)
      #expect(abs(own.weightedNorm - expected.weightedEanSum[index]) < 1e-5)
      #expect(abs(own.weight - expected.weightSum[index]) < 1e-5)
      #expect(abs(profile.ean - expected.eanMean[index]) < 1e-5)
      #expect(abs(profile.reap - expected.reap[index]) < 1e-5)
      #expect(abs(profile.eanSum - expected.eanSum[index]) < 1e-5)
      #expect(abs(profile.reapSum - expected.weightedEanSum[index]) < 1e-5)
      // The router's probability does not know of renormalisation.
      #expect(abs(profile.weightedEan - oracles.reap.plain.reap[index]) < 1e-5)
    }
  }

  @Test func `router mass agrees, over all experts and over the selected ones`() {
    let router = RouterSpec(kind: .softmaxThenTopK(renormalized: false), expertsPerToken: 2)
    let spec = ModelSpec.sample(blocks: 1, experts: 4)
    let observer = ScoreObserver(spec, groups: 1, workers: Workers(count: 1))
    for logits in [input(5, 4, 1.3, 0.7, 0), input(5, 4, 0.4, 1.9, 0.5)] {
      observer.begin(groups: Array(repeating: 0, count: 5))
      observer.router(
        0, logits: logits, routing: Routing(logits: logits, router: router, kept: Array(0..<4)))
    }
    // The reference gives the mean over the two sequences of each one's sum.
    for (index, own) in observer.blocks[0].experts.enumerated() {
      #expect(abs(own.mass / 2 - oracles.expertDrop.allExperts[index]) < 1e-5)
      #expect(abs(own.selectedMass / 2 - oracles.expertDrop.selectedOnly[index]) < 1e-5)
    }
  }
}

private struct Oracles: Decodable {
  struct Outlier: Decodable { var score: [Double] }

  struct LayerDrop: Decodable {
    var similarity: [Double]
    private enum CodingKeys: String, CodingKey { case similarity = "S_norm_moe(drop_norm=True)" }
  }

  struct ExpertDrop: Decodable {
    var allExperts: [Double]
    var selectedOnly: [Double]
    private enum CodingKeys: String, CodingKey {
      case allExperts = "mixtral_full_softmax_sum_per_seq"
      case selectedOnly = "deepseek_topk_only"
    }
  }

  struct Reap: Decodable {
    struct Scores: Decodable {
      var frequency: [Double]
      var eanSum: [Double]
      var weightedEanSum: [Double]
      var eanMean: [Double]
      var reap: [Double]
      var weightSum: [Double]
      private enum CodingKeys: String, CodingKey {
        case frequency = "expert_frequency"
        case eanSum = "ean_sum"
        case weightedEanSum = "weighted_ean_sum"
        case eanMean = "ean_mean"
        case reap
        case weightSum = "weighted_expert_frequency_sum"
      }
    }

    var plain: Scores
    var renormalized: Scores
    private enum CodingKeys: String, CodingKey {
      case plain = "renorm=False"
      case renormalized = "renorm=True"
    }
  }

  var outlier: Outlier
  var layerDrop: LayerDrop
  var expertDrop: ExpertDrop
  var reap: Reap
  private enum CodingKeys: String, CodingKey {
    case outlier, reap
    case layerDrop = "layer_drop"
    case expertDrop = "expert_drop"
  }
}
