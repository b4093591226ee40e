import Model
import Numerics

/// Quantises linears by the method that a plan chose.
public struct Quantizer: Sendable {
  /// What the plan says.
  public let quantization: Quantization

  /// Quantises as `quantization` says.
  public init(_ quantization: Quantization) { self.quantization = quantization }

  /// Quantises linears that read the same inputs, each with factors of its own under AWQ.
  ///
  /// A method that needs calibration and has none, or none it can use, gives way to round-to-nearest;
  /// the result says so.
  ///
  /// - Parameters:
  ///   - weights: `[out, in]` each
  ///   - inputs: what all of them read; `nil` where nothing was calibrated
  ///   - keepingZeros: whether weights that are 0 stay 0, as they should after pruning
  ///   - workers: share the work
  /// - Throws: `weightNotFinite` or `groupDoesNotDivide`.
  /// - Returns: a result for each weight.
  public func quantize(
    _ weights: [Matrix], inputs: InputStatistics?, keepingZeros: Bool = false,
    workers: Workers = .shared
  ) throws(CompressionProblem) -> [QuantizationResult] {
    switch (quantization.method, inputs) {
    case (.roundToNearest, _):
      return try each(weights, .roundToNearest, workers)
    case (.halfQuadratic, _):
      let method = HalfQuadraticQuantizer(quantization)
      var results: [QuantizationResult] = []
      for weight in weights {
        results.append(
          QuantizationResult(
            try method.quantize(weight, workers: workers), method: .halfQuadratic))
      }
      return results
    case (.gptq, let inputs?):
      var method = GPTQ(quantization)
      method.keepsZeros = keepingZeros
      return try method.quantize(weights, inputs: inputs, workers: workers)
    case (.awq, let inputs?):
      var results: [QuantizationResult] = []
      for weight in weights {
        results.append(
          try AWQ(quantization).quantize(weight, inputs: inputs, workers: workers))
      }
      return results
    case (.gptq, nil), (.awq, nil):
      return try each(weights, .roundToNearest, workers, fallback: .noTokens)
    }
  }

  private func each(
    _ weights: [Matrix], _ method: QuantizationMethod, _ workers: Workers,
    fallback: CompressionProblem? = nil
  ) throws(CompressionProblem) -> [QuantizationResult] {
    var results: [QuantizationResult] = []
    for weight in weights {
      let rounded = try RoundToNearest(quantization).quantize(weight, workers: workers)
      results.append(QuantizationResult(rounded, method: method, fallback: fallback))
    }
    return results
  }
}
