import Model
import Numerics

/// AWQ (arXiv 2306.00978): inputs that carry large activations are scaled up before rounding, so that
/// their weights come out more exact.
public struct AWQ: Sendable {
  /// A linear and what it reads.
  public struct Target: Sendable {
    /// The weight, `[out, in]`.
    public let weight: Matrix
    /// Its inputs on the calibration tokens.
    public let inputs: InputStatistics

    /// A linear and what it reads.
    public init(weight: Matrix, inputs: InputStatistics) {
      precondition(weight.columns == inputs.width, "inputs of another width")
      self.weight = weight
      self.inputs = inputs
    }
  }

  /// Bits, group, symmetry, and whether ranges are narrowed to where the output error is least.
  public var quantization: Quantization
  /// The grids while factors are compared.
  private var rounding: RoundToNearest { RoundToNearest(unclipped) }
  /// Output rows that a search looks at; of more, every n-th is taken, at least `rowsOfEach` of a linear.
  public var searchedRows = 4096
  /// Fewest rows that a search looks at in each of several linears.
  public var rowsOfEach = 32

  /// AWQ to the grids of `quantization`.
  public init(_ quantization: Quantization) { self.quantization = quantization }

  /// The exponents of the activations that a search tries, besides no scaling.
  static let ratios = (0..<20).map { Double($0) / 20 }

  /// Finds one factor per input for all linears that read the same vector, such as gate and up of all
  /// experts: `s = x̄^r / w̄^(1 - r)`, with `x̄` the mean magnitude of the inputs over all targets and
  /// `w̄` the mean share of a weight in its group's largest one.
  ///
  /// Of 20 exponents `r` and no scaling, the one with the least `Σ ‖(W - Q(W s) / s) x‖²` wins. With
  /// more than `searchedRows` rows the sum runs over evenly spaced ones.
  ///
  /// - Throws: `noTokens` if no token came by at any target, `inputsNotFinite`, `weightNotFinite` or
  ///   `groupDoesNotDivide`.
  public func inputScales(
    for targets: [Target], workers: Workers = .shared
  ) throws(CompressionProblem) -> InputScales {
    for target in targets { try rounding.check(target.weight) }
    let seen = targets.filter { $0.inputs.tokens > 0 }
    guard let width = seen.first?.weight.columns else { throw .noTokens }
    for target in seen { try target.inputs.check() }
    let search = ScaleSearch(
      seen, rounding: rounding, limit: searchedRows, rowsOfEach: rowsOfEach, workers: workers)
    let unscaled = search.loss(of: Array(repeating: 1, count: width))
    var best = InputScales(
      factors: Array(repeating: 1, count: width), ratio: nil, loss: unscaled,
      unscaledLoss: unscaled)
    for ratio in Self.ratios {
      let factors = search.factors(ratio: ratio)
      let loss = search.loss(of: factors)
      guard loss < best.loss else { continue }
      best = InputScales(
        factors: factors, ratio: ratio, loss: loss, unscaledLoss: unscaled)
    }
    return best
  }

  /// Quantises a linear with factors of its own, which stay with the weight.
  ///
  /// Where the inputs' statistics cannot be used, the result is round-to-nearest and says why.
  ///
  /// - Throws: `weightNotFinite` or `groupDoesNotDivide`.
  public func quantize(
    _ weight: Matrix, inputs: InputStatistics, workers: Workers = .shared
  ) throws(CompressionProblem) -> QuantizationResult {
    try rounding.check(weight)
    let scales: InputScales
    do throws(CompressionProblem) {
      scales = try inputScales(for: [Target(weight: weight, inputs: inputs)], workers: workers)
    } catch {
      let rounded = try RoundToNearest(quantization).quantize(weight, workers: workers)
      return QuantizationResult(rounded, method: .roundToNearest, fallback: error)
    }
    return try quantize(weight, inputs: inputs, scales: scales, workers: workers)
  }

  /// Quantises a linear with factors that were found for it, among others.
  ///
  /// The result holds the factors: what it stands for is close to `weight`. Where the norm or linear
  /// before was divided by them, set its `inputScales` to `nil`.
  ///
  /// - Throws: `weightNotFinite` or `groupDoesNotDivide`.
  public func quantize(
    _ weight: Matrix, inputs: InputStatistics, scales: InputScales, workers: Workers = .shared
  ) throws(CompressionProblem) -> QuantizationResult {
    try rounding.check(weight)
    let scaled = Matrix(uninitialized: weight.rows, weight.columns)
    scaled.copy(from: weight)
    scales.multiplyInputs(of: scaled)
    var result: QuantizedWeight
    if quantization.clipping, inputs.tokens > 0 {
      result = ClipSearch(rounding, gram: inputs.gram, scales: scales.factors)
        .encode(scaled, workers: workers)
    } else {
      result = try rounding.quantize(scaled, workers: workers)
    }
    if scales.ratio != nil { result.inputScales = scales.factors }
    return QuantizationResult(result, method: .awq)
  }

  /// Without the data-free search for the least error of the weights.
  private var unclipped: Quantization {
    var quantization = quantization
    quantization.clipping = false
    return quantization
  }
}
