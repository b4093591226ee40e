import Compression
import Model
import Numerics
import Transformer

/// How far apart two experts are.
public enum SimilarityMeasure: CaseIterable, Sendable, Hashable {
  /// `1 - cos` of their mean un-gated outputs.
  case outputCosine
  /// `‖x - y‖` of their mean un-gated outputs.
  case outputEuclidean
  /// `1 - cos` of their rows of the router.
  case routerCosine
  /// `‖x - y‖` of their rows of the router.
  case routerEuclidean
  /// `1 - CKA` of their un-gated outputs: linear centred kernel alignment (Kornblith et al., arXiv
  /// 1905.00414).
  case alignment
}

/// How alike the experts of one MoE layer are on tokens that all of them see.
public struct ExpertSimilarity: Sendable {
  /// The block.
  public let block: Int
  /// Each expert's mean un-gated output, `[experts, hidden]`.
  public let meanOutputs: Matrix
  /// Each expert's row of the router, `[experts, hidden]`.
  public let router: Matrix
  /// Each expert's share of the (token, slot) pairs of the sample.
  public let loads: [Double]
  /// Linear CKA of the un-gated outputs, `[experts, experts]`, from 0 to 1.
  public let alignments: Matrix

  /// Tokens that alignments rest on: their cost grows with the square.
  public static let mostAlignedTokens = 256

  /// Compares the experts of a layer.
  ///
  /// - Throws: what the weights throw, or `CancellationError`.
  init(
    _ sample: MoELayerSample, _ pass: ForwardPass, router: Matrix, cancellation: Cancellation?
  ) throws {
    let experts = sample.moe.experts
    let aligned = min(sample.inputs.rows, Self.mostAlignedTokens)
    let means = Matrix(rows: experts, columns: sample.inputs.columns)
    let kernels = Matrix(uninitialized: experts, aligned * aligned)
    try pass.workers.forEach(experts) { expert in
      try cancellation?.check()
      let outputs = try pass.outputs(
        of: ExpertID(block: sample.block, expert: expert), for: sample.inputs,
        cancellation: cancellation)
      Self.setMean(of: outputs, in: means.rows(expert..<expert + 1))
      Self.setKernel(of: outputs.rows(0..<aligned), in: kernels.rows(expert..<expert + 1))
    }
    alignments = Matrix(uninitialized: experts, experts)
    alignments.setProduct(kernels, transposed: kernels)
    // Also where an expert's outputs are all the same, so that nothing can be said.
    for expert in 0..<experts { alignments[expert, expert] = 1 }
    block = sample.block
    meanOutputs = means
    self.router = router
    loads = Self.loads(sample)
  }

  /// How far apart any two experts are, `[experts, experts]`: symmetric, 0 on the diagonal.
  public func distances(_ measure: SimilarityMeasure) -> Matrix {
    let count = loads.count
    let distances = Matrix(rows: count, columns: count)
    for first in 0..<count {
      for second in 0..<first {
        let distance = distance(measure, first, second)
        distances[first, second] = distance
        distances[second, first] = distance
      }
    }
    return distances
  }

  private func distance(_ measure: SimilarityMeasure, _ first: Int, _ second: Int) -> Float {
    switch measure {
    case .outputCosine: 1 - cosine(meanOutputs.row(first), meanOutputs.row(second))
    case .outputEuclidean: Self.euclidean(meanOutputs, first, second)
    case .routerCosine: 1 - cosine(router.row(first), router.row(second))
    case .routerEuclidean: Self.euclidean(router, first, second)
    case .alignment: 1 - alignments[first, second]
    }
  }

  private static func euclidean(_ rows: Matrix, _ first: Int, _ second: Int) -> Float {
    let difference = Matrix(uninitialized: 1, rows.columns)
    difference.copy(from: rows.rows(first..<first + 1))
    var target = difference.mutableRow(0)
    add(rows.row(second), weight: -1, to: &target)
    return norm(difference.row(0))
  }

  private static func loads(_ sample: MoELayerSample) -> [Double] {
    let routing = sample.routing(keeping: Array(0..<sample.moe.experts))
    var counts = Array(repeating: 0.0, count: sample.moe.experts)
    for expert in routing.experts { counts[expert] += 1 }
    return counts.map { $0 / Double(max(1, routing.experts.count)) }
  }

  private static func setMean(of outputs: Matrix, in mean: Matrix) {
    var target = mean.mutableRow(0)
    for row in 0..<outputs.rows { add(outputs.row(row), to: &target) }
    mean.scale(by: 1 / Float(max(1, outputs.rows)))
  }

  /// `K / ‖K‖_F` of the outputs' centred kernel `K`, flat: the product of two is their CKA.
  private static func setKernel(of outputs: Matrix, in flat: Matrix) {
    let tokens = outputs.rows
    let centred = Matrix(uninitialized: tokens, outputs.columns)
    centred.copy(from: outputs)
    let mean = Matrix(rows: 1, columns: outputs.columns)
    setMean(of: outputs, in: mean)
    for row in 0..<tokens {
      var target = centred.mutableRow(row)
      add(mean.row(0), weight: -1, to: &target)
    }
    let kernel = Matrix(uninitialized: tokens, tokens)
    kernel.setProduct(centred, transposed: centred)
    var target = flat.mutableRow(0)
    let elements = kernel.elements()
    for index in elements.indices { target[index] = elements[index] }
    let length = norm(flat.row(0))
    if length > 0 { flat.scale(by: 1 / length) }
  }
}

extension ExpertSimilarity {
  /// Groups the layer's experts until `count` are left.
  ///
  /// - Throws: `CompressionProblem`.
  public func groups(_ grouping: MergeGrouping, count: Int) throws(CompressionProblem) -> [[Int]] {
    switch grouping {
    case .cosine:
      try HierarchicalClustering(distance: .cosine).groups(meanOutputs, count: count).groups
    case .euclidean:
      try HierarchicalClustering(distance: .euclidean).groups(meanOutputs, count: count).groups
    case .dominant:
      try DominantExperts.groups(router: router, loads: loads, count: count).groups
    }
  }
}
