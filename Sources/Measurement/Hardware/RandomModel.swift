import Model
import Numerics
import Transformer

/// A made-up model in memory with random weights, to time the forward pass on.
struct RandomModel: WeightSource {
  static let experts = 16
  let spec: ModelSpec
  private let weights: [TensorRole: Matrix]

  /// Every block is an MoE layer with 16 experts of which a token picks 2: few of them
  /// are in a cache when they are asked again, as in models that people run.
  init(blocks: Int, hidden: Int, expertWidth: Int, vocabulary: Int) {
    let spec = ModelSpec(
      name: "probe", family: "olmoe", fingerprint: Fingerprint(of: "probe"),
      vocabulary: vocabulary, hidden: hidden, context: 1024, normEpsilon: 1e-5, ropeTheta: 10_000,
      tiedHead: true,
      blocks: Array(
        repeating: BlockSpec(
          attention: AttentionSpec(heads: 8, keyValueHeads: 8, headDimension: hidden / 8),
          feedForward: .moe(
            MoESpec(
              experts: Self.experts, expertWidth: expertWidth,
              router: RouterSpec(
                kind: .softmaxThenTopK(renormalized: false), expertsPerToken: 2)))),
        count: blocks),
      names: TensorNames(), encoding: .elements(.float32))
    var random = SeededGenerator(seed: 0)
    var weights: [TensorRole: Matrix] = [:]
    for tensor in spec.tensors { weights[tensor.role] = Self.weight(tensor.shape, &random) }
    self.spec = spec
    self.weights = weights
  }

  /// A tensor that the spec lists; there are no others.
  func weight(_ role: TensorRole) -> Matrix { weights[role] ?? Matrix(rows: 0, columns: 0) }

  /// Uniform with variance `1 / in`, so that activations stay near 1; vectors are ones.
  private static func weight(_ shape: [Int], _ random: inout SeededGenerator) -> Matrix {
    guard shape.count == 2 else {
      return Matrix(rows: 1, columns: shape.reduce(1, *), repeating: 1)
    }
    let limit = (3 / Float(shape[1])).squareRoot()
    let matrix = Matrix(rows: shape[0], columns: shape[1])
    for row in 0..<matrix.rows {
      var elements = matrix.mutableRow(row)
      for column in elements.indices {
        let uniform = Float(random.next() >> 40) / Float(1 << 24)
        elements[column] = (2 * uniform - 1) * limit
      }
    }
    return matrix
  }
}
