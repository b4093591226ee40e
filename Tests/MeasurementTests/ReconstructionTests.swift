import Foundation
@testable import Measurement
import Model
import Numerics
import TestSupport
import Testing
@testable import Transformer

/// Losses of dropped experts against the reference (Tests/Fixtures/formulas.json) and against the
/// forward pass.
struct ReconstructionTests {
  private struct Oracles: Decodable {
    var keep3: [String: Double]
    var keep2: [String: Double]
    private enum CodingKeys: String, CodingKey {
      case keep3 = "lu_enum_keep3"
      case keep2 = "lu_enum_keep2"
    }
  }

  /// The layer of the reference: logits `cos(1.3t + 0.7e)`, outputs `sin((6e + t)·3 + h)`, two
  /// experts per token, renormalised.
  private func oracleLoss() -> ReconstructionLoss {
    let (tokens, experts, hidden) = (6, 4, 3)
    let logits = (0..<tokens).flatMap { token in
      (0..<experts).map { Float(cos(1.3 * Double(token) + 0.7 * Double($0))) }
    }
    let moe = MoESpec(
      experts: experts, expertWidth: 1,
      router: RouterSpec(kind: .softmaxThenTopK(renormalized: true), expertsPerToken: 2))
    let sample = MoELayerSample(
      block: 0, moe: moe, inputs: Matrix(rows: tokens, columns: hidden),
      logits: Matrix(rows: tokens, columns: experts, logits), correction: nil,
      sequences: [0..<tokens])
    let products = Matrix(rows: tokens * experts, columns: experts)
    for token in 0..<tokens {
      let outputs = Matrix(
        rows: experts, columns: hidden,
        (0..<experts).flatMap { expert in
          (0..<hidden).map { Float(sin(Double((expert * 6 + token) * 3 + $0))) }
        })
      products.rows(token * experts..<(token + 1) * experts)
        .setProduct(outputs, transposed: outputs)
    }
    return ReconstructionLoss(sample, products: products)
  }

  @Test func `the losses of all sets of dropped experts agree with the reference`() throws {
    let file = TestFolders.fixtures.appending(path: "formulas.json")
    let oracles = try JSONDecoder().decode(Oracles.self, from: Data(contentsOf: file))
    let loss = oracleLoss()
    for (name, expected) in oracles.keep3.merging(oracles.keep2, uniquingKeysWith: { $1 }) {
      let dropped = name.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }
      let own = loss(keeping: (0..<4).filter { !dropped.contains($0) })
      #expect(abs(own - expected) < 1e-5, "dropped \(name)")
    }
    #expect(oracles.keep3.count == 4 && oracles.keep2.count == 6)
    #expect(loss(keeping: [0, 1, 2, 3]) == 0)
  }

  @Test func `the search finds the reference's best sets`() throws {
    let loss = oracleLoss()
    let moe = MoESpec(
      experts: 4, expertWidth: 1,
      router: RouterSpec(kind: .topKThenSoftmax, expertsPerToken: 2))
    let search = SubsetSearch(experts: 4, room: ExpertRoom(moe), workers: .shared) {
      loss(keeping: $0)
    }
    #expect(try search.run(.exhaustive, count: 1).map(\.expert) == [2])
    let pair = try search.run(.exhaustive, count: 2)
    #expect(pair.map(\.expert) == [2, 1])
    #expect(abs((pair.last?.loss ?? 0) - 1.170_545_6) < 1e-5)
  }

  @Test(arguments: FixtureModel.families)
  func `a loss is what dropping the experts does to the layer's output`(_ family: String) throws {
    let fixture = try FixtureModel(family)
    let whole = fixture.model.originalPass
    let recorder = ResidualRecorder()
    _ = try whole.hiddenStates(of: fixture.batch, observer: recorder)
    var random = SeededGenerator(seed: 17)
    for sample in try fixture.samples() {
      let products = try ReconstructionLoss.outputProducts(
        sample, whole, bytes: 1 << 14, cancellation: nil)
      let loss = ReconstructionLoss(sample, products: products)
      let all = Array(0..<sample.moe.experts)
      #expect(loss(keeping: all) == 0)
      let (before, after) = try #require(recorder.record.feedForward[sample.block])
      for _ in 0..<3 {
        var room = ExpertRoom(sample.moe)
        let dropped = all.shuffled(using: &random).prefix(2).filter { room.drop($0) }
        let kept = all.filter { !dropped.contains($0) }
        var structure = Structure(fixture.spec)
        structure.blocks[sample.block].experts = kept
        let trimmed = ForwardPass(
          spec: fixture.spec, weights: whole.weights, structure: structure)
        let without = try trimmed.feedForwardHalf(of: sample.block, from: before)
        let expected = sample.sequences.reduce(0.0) { sum, rows in
          let pairs = zip(after.rows(rows).array, without.rows(rows).array)
          return sum + pairs.reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }.squareRoot()
        }
        let scaled = loss(keeping: kept) * Double(fixture.spec.multipliers.residual)
        #expect(
          abs(scaled - expected) < 2e-3 * expected + 1e-4,
          "seed 17, block \(sample.block) without \(dropped)")
      }
    }
  }

  @Test func `every layer of a model loses what was asked for, the least harmful first`() throws {
    let fixture = try FixtureModel("mixtral")
    let trim = ReconstructionTrim(
      fixture.model, windows: fixture.windows, count: 2, search: .automatic)
    let (steps, search) = try trim.run()
    #expect(search == .exhaustive && trim.tokens == 48)
    #expect(steps.map(\.unit.block) == fixture.spec.moeBlocks.flatMap { [$0, $0] })
    for pair in stride(from: 0, to: steps.count, by: 2) {
      #expect(steps[pair].score <= steps[pair + 1].score && steps[pair].score >= 0)
      #expect(steps[pair].unit != steps[pair + 1].unit)
    }
  }

  @Test func `more experts than the router can do without are refused`() throws {
    let fixture = try FixtureModel("mixtral")
    for (count, error) in [
      (0, TrimError.nothingAsked(count: 0)),
      (7, .tooManyExperts(block: 0, asked: 7, possible: 6)),
    ] {
      let trim = ReconstructionTrim(
        fixture.model, windows: fixture.windows, count: count, search: .greedy)
      #expect(throws: error) { _ = try trim.run() }
    }
  }
}
