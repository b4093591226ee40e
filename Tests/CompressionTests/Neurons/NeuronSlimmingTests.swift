import Compression
import Numerics
import TestSupport
import Testing

struct NeuronSlimmingTests {
  @Test func `saliency is the mean magnitude times the norm of what the neuron writes`() throws {
    let activations = InputStatistics(width: 3)
    activations.add(Matrix(rows: 2, columns: 3, [1, -2, 0, 3, 2, 0]))
    let down = Matrix(rows: 2, columns: 3, [3, 0, 9, 4, 1, 9])
    let scores = try NeuronSlimming.saliency(down: down, activations: activations)
    #expect(scores == [10, 2, 0])
    #expect(throws: CompressionProblem.noTokens) {
      try NeuronSlimming.saliency(down: down, activations: InputStatistics(width: 3))
    }
  }

  @Test func `the most salient neurons stay in order, of equal ones the first`() throws {
    #expect(try NeuronSlimming.neurons(keeping: 3, scores: [1, 5, 2, 5, 2]) == [1, 2, 3])
    #expect(try NeuronSlimming.neurons(keeping: 2, scores: [4, 4, 4]) == [0, 1])
    for count in [0, 4, -1] {
      #expect(throws: CompressionProblem.neuronsOutOfRange(kept: count, width: 3)) {
        try NeuronSlimming.neurons(keeping: count, scores: [1, 2, 3])
      }
    }
  }

  @Test func `slimming takes rows of gate and up and columns of down`() {
    let matrix = Matrix(rows: 3, columns: 2, [0, 1, 10, 11, 20, 21])
    let down = Matrix(rows: 2, columns: 3, [0, 1, 2, 10, 11, 12])
    let slim = GatedExpert(gate: matrix, up: matrix, down: down).taking([0, 2])
    #expect(slim.gate.array == [0, 1, 20, 21] && slim.up.array == [0, 1, 20, 21])
    #expect(slim.down.array == [0, 2, 10, 12] && slim.neurons == 2)
  }

  @Test func `a refit lowers the error, keeping all neurons changes nothing`() throws {
    for seed in 1...6 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let neurons = Int.random(in: 8...60, using: &random)
      let inputs = random.inputs(tokens: 200, width: neurons)
      let activations = InputStatistics(width: neurons)
      activations.add(inputs)
      let down = random.matrix(12, neurons)
      let scores = try NeuronSlimming.saliency(down: down, activations: activations)
      let kept = try NeuronSlimming.neurons(keeping: neurons * 3 / 4, scores: scores)
      func error(_ slim: Matrix, _ kept: [Int]) -> Double {
        let difference = down.copied
        for (place, neuron) in kept.enumerated() {
          for row in 0..<12 { difference[row, neuron] -= slim[row, place] }
        }
        return difference.squaredOutput(gram: activations.gram)
      }
      let refit = try RidgeRefit().refit(down: down, keeping: kept, activations: activations)
      let whole = GatedExpert(
        gate: random.matrix(neurons, 12), up: random.matrix(neurons, 12), down: down)
      let plain = whole.taking(kept).down
      #expect(error(refit, kept) < 0.9 * error(plain, kept), "seed \(seed)")
      let all = Array(0..<neurons)
      let same = try RidgeRefit().refit(down: down, keeping: all, activations: activations)
      #expect(difference(same, down) == 0)
    }
  }

  @Test func `with little ridge it is the regression on the kept neurons`() throws {
    var random = SeededGenerator(seed: 14)
    let inputs = random.matrix(80, 10)
    let activations = InputStatistics(width: 10)
    activations.add(inputs)
    let down = random.matrix(4, 10)
    let kept = [1, 2, 5, 7]
    let refit = try RidgeRefit(ridge: 1e-9)
      .refit(down: down, keeping: kept, activations: activations)
    // The residual of a regression is orthogonal to what it regresses on.
    let difference = down.copied
    for (place, neuron) in kept.enumerated() {
      for row in 0..<4 { difference[row, neuron] -= refit[row, place] }
    }
    let product = Matrix(rows: 4, columns: 10)
    product.setProduct(difference, transposed: activations.gram)
    for neuron in kept { for row in 0..<4 { #expect(abs(product[row, neuron]) < 1e-3) } }
  }

  @Test func `degenerate activations give weights, not NaN`() throws {
    var random = SeededGenerator(seed: 15)
    let down = random.matrix(6, 8)
    for value: Float in [0, 1e-20, 1, 1e15] {
      let activations = InputStatistics(width: 8)
      activations.add(Matrix(rows: 3, columns: 8, repeating: value))
      let refit = try RidgeRefit().refit(down: down, keeping: [0, 3], activations: activations)
      #expect(refit.isFinite, "\(value)")
      // Silent neurons keep their weights.
      if value == 0 { #expect(refit[0, 1] == down[0, 3]) }
    }
    #expect(throws: CompressionProblem.noTokens) {
      try RidgeRefit().refit(down: down, keeping: [0], activations: InputStatistics(width: 8))
    }
  }
}
