@testable import Measurement
import Model
import Numerics
import TestSupport
import Testing
import Transformer

struct ExpertSimilarityTests {
  /// The comparisons of every MoE layer of a fixture.
  private func similarities(_ fixture: FixtureModel) throws -> [ExpertSimilarity] {
    var similarities: [ExpertSimilarity] = []
    try MergeSearch(fixture.model, windows: fixture.windows).forEach { similarities.append($0) }
    return similarities
  }

  @Test(arguments: ["olmoe", "deepseek_v3", "gpt_oss"])
  func `distances are symmetric, not negative and 0 between an expert and itself`(
    _ family: String
  ) throws {
    for similarity in try similarities(FixtureModel(family)) {
      for measure in SimilarityMeasure.allCases {
        let distances = similarity.distances(measure)
        for first in 0..<distances.rows {
          #expect(distances[first, first] == 0)
          for second in 0..<first {
            #expect(distances[first, second] == distances[second, first])
            #expect(distances[first, second] > -1e-5, "\(measure)")
            if measure == .alignment { #expect(distances[first, second] <= 1) }
          }
        }
      }
      #expect(abs(similarity.loads.reduce(0, +) - 1) < 1e-9)
    }
  }

  @Test func `mean outputs are those of all tokens, whether or not they were routed there`() throws
  {
    let fixture = try FixtureModel("mixtral")
    let pass = fixture.model.originalPass
    for (sample, similarity) in zip(try fixture.samples(), try similarities(fixture)) {
      for expert in 0..<sample.moe.experts {
        let outputs = try pass.outputs(
          of: ExpertID(block: sample.block, expert: expert), for: sample.inputs)
        for column in 0..<outputs.columns {
          let sum = (0..<outputs.rows).reduce(0.0) { $0 + Double(outputs[$1, column]) }
          let own = Double(similarity.meanOutputs[expert, column])
          #expect(abs(own - sum / Double(outputs.rows)) < 1e-5)
        }
      }
    }
  }

  /// Experts 1 and 3 of the first layer have equal weights, 2 is a multiple of 0.
  private func twins() throws -> ExpertSimilarity {
    let fixture = try FixtureModel("mixtral")
    let sample = try #require(try fixture.samples().first)
    let source = fixture.model.originalPass.weights
    let weights = TwinExperts(source: source)
    return try ExpertSimilarity(
      sample, ForwardPass(spec: fixture.spec, weights: weights),
      router: weights.weight(.router(block: sample.block)), cancellation: nil)
  }

  @Test func `equal experts are at no distance and are the first to be merged`() throws {
    let similarity = try twins()
    for measure in SimilarityMeasure.allCases {
      #expect(abs(similarity.distances(measure)[1, 3]) < 1e-5, "\(measure)")
    }
    #expect(try similarity.groups(.euclidean, count: 7).contains([1, 3]))
    // A multiple is at no angle either.
    let alike = try similarity.groups(.cosine, count: 6)
    #expect(alike.contains([1, 3]) && alike.contains([0, 2]))
  }

  @Test func `kernel alignment does not see the scale of outputs, distance does`() throws {
    let similarity = try twins()
    #expect(similarity.distances(.alignment)[0, 2] < 1e-4)
    #expect(similarity.distances(.outputCosine)[0, 2] < 1e-4)
    #expect(similarity.distances(.outputEuclidean)[0, 2] > 1e-3)
  }

  @Test(arguments: MergeGrouping.allCases)
  func `every layer keeps as many experts as asked, each in one group`(
    _ grouping: MergeGrouping
  ) throws {
    let fixture = try FixtureModel("olmoe")
    let search = MergeSearch(fixture.model, windows: fixture.windows)
    let layers = try search.groups(grouping, count: 3)
    #expect(layers.map(\.block) == fixture.spec.moeBlocks)
    for layer in layers {
      #expect(layer.groups.count == 3)
      let experts = fixture.spec.blocks[layer.block].expertCount
      #expect(layer.groups.joined().sorted() == Array(0..<experts))
      #expect(layer.merges(.average).allSatisfy { $0.members.count > 1 })
    }
    let most = fixture.spec.maximumExperts
    for count in [0, most] {
      #expect(throws: TrimError.mergesNothing(kept: count, experts: most)) {
        try search.groups(grouping, count: count)
      }
    }
  }
}

private struct TwinExperts: WeightSource {
  let source: any WeightSource

  func weight(_ role: TensorRole) throws -> Matrix {
    switch role {
    case .linear(.expert(let id, let kind)) where id.expert == 3:
      return try source.weight(.linear(.expert(ExpertID(block: id.block, expert: 1), kind)))
    case .linear(.expert(let id, let kind)) where id.expert == 2:
      let weight = try source.weight(
        .linear(.expert(ExpertID(block: id.block, expert: 0), kind)))
      guard kind == .down else { return weight }
      let scaled = Matrix(rows: weight.rows, columns: weight.columns, weight.array)
      scaled.scale(by: 3)
      return scaled
    case .router:
      let rows = try source.weight(role)
      let twins = Matrix(rows: rows.rows, columns: rows.columns, rows.array)
      twins.rows(3..<4).copy(from: rows.rows(1..<2))
      return twins
    default: return try source.weight(role)
    }
  }
}
