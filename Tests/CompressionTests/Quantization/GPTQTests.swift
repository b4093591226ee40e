import Compression
import Model
import Numerics
import TestSupport
import Testing

struct GPTQTests {
  private func quantization(
    bits: Int = 3, group: GroupSize = .inputs(32), symmetric: Bool = false, actOrder: Bool = false,
    clipping: Bool = false
  ) -> Quantization {
    Quantization(
      bits: bits, group: group, symmetric: symmetric, method: .gptq, clipping: clipping,
      actOrder: actOrder)
  }

  /// Statistics whose Gram matrix is a multiple of the identity.
  private func identity(_ width: Int) -> InputStatistics {
    let statistics = InputStatistics(width: width)
    let inputs = Matrix(rows: width, columns: width)
    for index in 0..<width { inputs[index, index] = 3 }
    statistics.add(inputs)
    return statistics
  }

  /// The squared output error, `‖(W - Q) X‖²`.
  private func loss(
    _ weight: Matrix, _ quantized: QuantizedWeight, _ inputs: InputStatistics
  ) -> Double {
    quantized.dequantized().minus(weight).squaredOutput(gram: inputs.gram)
  }

  @Test func `with independent inputs of equal size it is round-to-nearest, to the bit`() throws {
    for seed in 1...12 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let width = 32 * Int.random(in: 1...9, using: &random)
      let weight = random.matrix(Int.random(in: 1...300, using: &random), width)
      let group = [GroupSize.inputs(32), .channel].randomElement(using: &random) ?? .channel
      for actOrder in [false, true] {
        for grids in [GPTQ.Grids.original, .updated] {
          let quantization = quantization(
            bits: Int.random(in: 2...8, using: &random), group: group,
            symmetric: .random(using: &random), actOrder: actOrder,
            clipping: .random(using: &random))
          var method = GPTQ(quantization)
          method.grids = grids
          let result = try method.quantize([weight], inputs: identity(width))[0].weight
          let rounded = try RoundToNearest(quantization).quantize(weight)
          #expect(result.codes.array == rounded.codes.array, "seed \(seed)")
          #expect(difference(result.scales, rounded.scales) == 0, "seed \(seed)")
          #expect(difference(result.zeros, rounded.zeros) == 0, "seed \(seed)")
        }
      }
    }
  }

  @Test func `its output error is below that of round-to-nearest, in every order`() throws {
    for seed in 1...6 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let width = 32 * Int.random(in: 2...10, using: &random)
      let inputs = random.statistics(tokens: 3 * width, width: width)
      let weight = random.matrix(40, width)
      let plain = loss(weight, try RoundToNearest(quantization()).quantize(weight), inputs)
      for actOrder in [false, true] {
        for grids in [GPTQ.Grids.original, .updated] {
          var method = GPTQ(quantization(actOrder: actOrder))
          method.grids = grids
          let result = try method.quantize([weight], inputs: inputs)[0]
          #expect(result.fallback == nil)
          #expect(loss(weight, result.weight, inputs) < 0.8 * plain, "seed \(seed)")
        }
      }
    }
  }

  @Test func `the sweep in leaves gives what one column after another gives`() throws {
    var random = SeededGenerator(seed: 8)
    let (rows, width) = (19, 160)
    let inputs = random.statistics(tokens: 400, width: width)
    let weight = random.matrix(rows, width)
    var method = GPTQ(quantization(bits: 4))
    method.rounding.roundsScales = false
    let result = try method.quantize([weight], inputs: inputs)[0].weight
    let expected = try naive(weight, inputs, method)
    #expect(difference(result.dequantized(), expected) < 1e-4)
  }

  /// GPTQ as published, in float64, a column at a time.
  private func naive(
    _ weight: Matrix, _ inputs: InputStatistics, _ method: GPTQ
  ) throws -> Matrix {
    let width = weight.columns
    var gram = inputs.gram.array.map { Double($0) }
    let mean = (0..<width).reduce(0) { $0 + gram[$1 * width + $1] } / Double(width)
    for index in 0..<width { gram[index * width + index] += 0.01 * mean }
    let inverse = try #require(Cholesky.inverse(gram, size: width))
    let factor = try #require(Cholesky.factor(inverse, size: width, .upper))
    let result = Matrix(rows: weight.rows, columns: width)
    for row in 0..<weight.rows {
      var rest = (0..<width).map { Double(weight[row, $0]) }
      var grid = RoundingGrid(scale: 0, zero: 0)
      for column in 0..<width {
        if column.isMultiple(of: 32) {
          let group = Matrix(
            rows: 1, columns: 32, rest[column..<column + 32].map { Float($0) })
          grid = method.rounding.grid(fitting: group.row(0))
        }
        let steps = (Float(rest[column]) / grid.scale).rounded(.toNearestOrEven)
        let bounded = min(max(steps, -grid.zero), 15 - grid.zero)
        result[row, column] = bounded * grid.scale
        let error = (rest[column] - Double(result[row, column])) / factor[column * width + column]
        for later in column..<width { rest[later] -= error * factor[column * width + later] }
      }
    }
    return result
  }

  @Test func `gate and up that share a factorisation come out as each alone`() throws {
    var random = SeededGenerator(seed: 9)
    let inputs = random.statistics(tokens: 200, width: 96)
    let weights = [random.matrix(300, 96), random.matrix(17, 96)]
    let method = GPTQ(quantization(bits: 4))
    let together = try method.quantize(weights, inputs: inputs)
    for (weight, result) in zip(weights, together) {
      let alone = try method.quantize([weight], inputs: inputs, workers: Workers(count: 1))[0]
      #expect(alone.weight.codes.array == result.weight.codes.array)
    }
  }

  @Test func `zeros of a pruned weight stay zeros`() throws {
    var random = SeededGenerator(seed: 10)
    let inputs = random.statistics(tokens: 300, width: 128)
    for method in QuantizationMethod.allCases {
      let weight = random.matrix(20, 128)
      let pattern = SparsityPattern.semiStructured(kept: 2, of: 4)
      try Sparsifier(Sparsity(pattern, .sparseGPT)).apply(to: [weight], inputs: inputs)
      let result = try Quantizer(
        Quantization(bits: 4, group: .inputs(32), symmetric: false, method: method)
      ).quantize([weight], inputs: inputs, keepingZeros: true)[0]
      let values = result.weight.dequantized().array
      #expect(zip(weight.array, values).allSatisfy { $0 != 0 || $1 == 0 }, "\(method)")
      #expect(result.method == method && result.fallback == nil)
    }
  }
}
