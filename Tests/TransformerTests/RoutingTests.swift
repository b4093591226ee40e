import Model
import Numerics
import TestSupport
import Testing
import Transformer

struct RoutingTests {
  private func router(_ count: Int, renormalized: Bool) -> RouterSpec {
    RouterSpec(kind: .softmaxThenTopK(renormalized: renormalized), expertsPerToken: count)
  }

  @Test func `weights are the softmax of the chosen experts, likeliest first`() {
    let logits = Matrix(rows: 1, columns: 3, [0, 2, 1])
    let plain = Routing(logits: logits, router: router(2, renormalized: false), kept: [0, 1, 2])
    #expect(plain.experts == [1, 2])
    #expect(largestDifference(plain.weights, [0.66524, 0.24473]) < 1e-5)
    #expect(largestDifference(plain.probabilities.array, [0.09003, 0.66524, 0.24473]) < 1e-5)
    let normed = Routing(logits: logits, router: router(2, renormalized: true), kept: [0, 1, 2])
    #expect(largestDifference(normed.weights, [0.73106, 0.26894]) < 1e-5)
    #expect(normed.probabilities.array == plain.probabilities.array)
  }

  @Test func `equal logits go to the lowest indices`() {
    let logits = Matrix(rows: 1, columns: 5, repeating: 0.3)
    let routing = Routing(
      logits: logits, router: router(3, renormalized: false), kept: [0, 1, 2, 3, 4])
    #expect(routing.experts == [0, 1, 2])
  }

  @Test func `a token gets no more experts than are kept`() {
    let logits = Matrix(rows: 2, columns: 4, [1, 2, 3, 4, 4, 3, 2, 1])
    let routing = Routing(logits: logits, router: router(2, renormalized: true), kept: [2])
    #expect(routing.slots == 1)
    #expect(routing.experts == [2, 2])
    #expect(routing.weights == [1, 1])
  }

  @Test func `an expert whose probability vanishes is chosen before a dropped one`() {
    let logits = Matrix(rows: 1, columns: 4, [5, 500, 6, 1])
    let routing = Routing(logits: logits, router: router(3, renormalized: false), kept: [1, 2, 3])
    #expect(routing.experts == [1, 2, 3])
    #expect(routing.weights == [1, 0, 0])
  }

  @Test func `permuting experts permutes the choice`() {
    var generator = SeededGenerator(seed: 20)
    for _ in 0..<50 {
      let experts = 8
      let row = (0..<experts).map { _ in Float.random(in: -3...3, using: &generator) }
      let order = (0..<experts).shuffled(using: &generator)
      let original = Routing(
        logits: Matrix(rows: 1, columns: experts, row), router: router(3, renormalized: true),
        kept: Array(0..<experts))
      let permuted = Routing(
        logits: Matrix(rows: 1, columns: experts, order.map { row[$0] }),
        router: router(3, renormalized: true), kept: Array(0..<experts))
      #expect(permuted.experts.map { order[$0] } == original.experts)
      #expect(largestDifference(permuted.weights, original.weights) < 1e-6)
    }
  }
}
