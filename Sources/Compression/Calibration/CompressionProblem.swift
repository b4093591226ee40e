/// Why a compression method cannot do what was asked, or fell back to a simpler one.
///
/// The `description` is one sentence without a full stop, for a plan's notes and for errors.
public enum CompressionProblem: Error, Hashable, Sendable {
  /// Calibration sent no token through the linear.
  case noTokens
  /// A calibration input was infinite or not a number.
  case inputsNotFinite
  /// The inputs' second moments could not be factored, however much their diagonal was raised.
  case notPositiveDefinite
  /// The weight holds something infinite or not a number.
  case weightNotFinite
  /// Groups of `size` inputs do not fill rows of `width`.
  case groupDoesNotDivide(size: Int, width: Int)
  /// A share of the weights below 0 or above 1.
  case ratioOutOfRange(Double)
  /// The share of `weights` weights is less than one weight.
  case ratioRoundsToNothing(ratio: Double, weights: Int)
  /// A pattern that keeps none or all of its weights, or has none.
  case patternOutOfRange(kept: Int, of: Int)
  /// Rows of `width` weights do not consist of whole patterns.
  case patternDoesNotDivide(kept: Int, of: Int, width: Int)
  /// Fewer than one or more than all neurons to keep.
  case neuronsOutOfRange(kept: Int, width: Int)
  /// Fewer than one or more than all experts to merge into.
  case expertsOutOfRange(kept: Int, experts: Int)
}

extension CompressionProblem: CustomStringConvertible {
  /// One sentence: what is wrong, and what helps where something does.
  public var description: String {
    switch self {
    case .noTokens: "no calibration token reached it; calibrate with more tokens"
    case .inputsNotFinite: "its calibration inputs are infinite or not numbers"
    case .notPositiveDefinite: "the second moments of its calibration inputs cannot be factored"
    case .weightNotFinite:
      "its weight holds values that are infinite or not numbers; the checkpoint is damaged,"
        + " download or write it again"
    case .groupDoesNotDivide(let size, let width):
      "groups of \(size) inputs do not divide its width of \(width); choose another group"
    case .ratioOutOfRange(let ratio): "a sparsity of \(ratio) is not between 0 and 1"
    case .ratioRoundsToNothing(let ratio, let weights):
      "a sparsity of \(ratio) removes not one of \(weights) weights; choose a higher one"
    case .patternOutOfRange(let kept, let size): "\(kept):\(size) is no pattern of zeros"
    case .patternDoesNotDivide(let kept, let size, let width):
      "its width of \(width) does not consist of groups of \(size), as \(kept):\(size) needs"
    case .neuronsOutOfRange(let kept, let width):
      "it has \(width) neurons, so \(kept) of them cannot be kept"
    case .expertsOutOfRange(let kept, let experts):
      "\(experts) experts cannot be merged into \(kept)"
    }
  }
}
