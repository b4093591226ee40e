import Foundation
import TestSupport
import Testing

@testable import Model

/// How far a MoE layer's output moves, from a sketch of it.
struct LayerSketchTests {
  private let router = RouterSpec(
    kind: .softmaxThenTopK(renormalized: true), expertsPerToken: 1)
  private var empty: BlockChoices {
    BlockChoices(ModelSpec.sample(blocks: 1, experts: 4, expertsPerToken: 1).blocks[0])
  }

  /// Two tokens of one expert each; experts 0 and 1 say nearly the same, 2 something else.
  private let sketch = LayerSketch(
    block: 0, choices: 3, dimensions: 2,
    experts: [0, 1, 2, 1, 0, 2], gates: [0.5, 0.3, 0.2, 0.6, 0.3, 0.1],
    outputs: [
      1, 0, 0.9, 0.1, 0, 1,
      0.9, 0.1, 1, 0, 0, 1,
    ])

  private func dropping(_ experts: Int...) -> BlockChoices {
    var choice = empty
    for expert in experts { choice.expertDropped[expert] = true }
    return choice
  }

  @Test func `an untouched layer does not move`() {
    #expect(sketch.error(empty, router: router) == 0)
  }

  @Test func `dropping an expert that no token picks moves nothing`() {
    #expect(sketch.error(dropping(2, 3), router: router) == 0)
  }

  @Test func `a dropped expert's tokens go to the next likely one`() {
    // Token 0 moves from (1, 0) to (0.9, 0.1).
    #expect(abs(sketch.error(dropping(0), router: router) - 0.02 / 2) < 1e-6)
  }

  @Test func `dropping two experts that stand in for each other is worse than the sum`() {
    let apart =
      sketch.error(dropping(0), router: router) + sketch.error(dropping(1), router: router)
    #expect(sketch.error(dropping(0, 1), router: router) > 20 * apart)
  }

  @Test func `merging experts that say the same moves nothing`() {
    var same = sketch
    same.outputs = [1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1]
    var choice = empty
    choice.merges = [ExpertMerge([0, 1], .average)]
    #expect(same.error(choice, router: router) < 1e-12)
    #expect(sketch.error(choice, router: router) > 0)
  }

  @Test func `a sketch comes back from JSON to three digits`() throws {
    let read = try JSONDecoder().decode(LayerSketch.self, from: JSONEncoder().encode(sketch))
    #expect(read.experts == sketch.experts && read.choices == 3 && read.dimensions == 2)
    for (one, other) in zip(read.outputs + read.gates, sketch.outputs + sketch.gates) {
      #expect(abs(one - other) <= 0.004 * abs(other))
    }
  }

  @Test func `a sketch whose parts do not fit together is refused`() throws {
    var text = String(decoding: try JSONEncoder().encode(sketch), as: UTF8.self)
    text = text.replacingOccurrences(of: "\"dimensions\":2", with: "\"dimensions\":3")
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(LayerSketch.self, from: Data(text.utf8))
    }
  }
}
