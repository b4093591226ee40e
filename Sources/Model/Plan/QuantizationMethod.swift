/// How the codes of a quantised weight are found.
public enum QuantizationMethod: String, CaseIterable, Codable, Sendable, Hashable {
  /// Each weight goes to the nearest code; needs no data.
  case roundToNearest = "rtn"
  /// Half-quadratic refinement of the zero points ("HQQ"); needs no data.
  case halfQuadratic = "hqq"
  /// Column by column, the rest making up for the error of what is rounded (arXiv 2210.17323).
  case gptq
  /// Inputs that carry large activations are scaled up first (arXiv 2306.00978).
  case awq

  /// Whether it needs the inputs that the linear sees on calibration data.
  public var needsCalibration: Bool {
    switch self {
    case .roundToNearest, .halfQuadratic: false
    case .gptq, .awq: true
    }
  }
}
