/// What a plan chooses for one linear.
public struct LinearChoice: Hashable, Sendable {
  /// How its weights are stored.
  public var precision = Precision.stored
  /// Which of them are zero; `nil` leaves them as they are.
  public var sparsity: Sparsity?

  /// The linear as it lies in the checkpoint.
  public init() {}

  /// Whether finding the weights needs the inputs that the linear sees on calibration data.
  public var needsCalibration: Bool {
    if case .quantized(let quantization) = precision, quantization.method.needsCalibration {
      return true
    }
    return sparsity?.method.needsCalibration ?? false
  }
}

extension Choices {
  /// Whether finding the weights of some part needs calibration data.
  public var needsCalibration: Bool { blocks.contains(where: \.needsCalibration) }
}

extension BlockChoices {
  fileprivate var needsCalibration: Bool {
    !merges.isEmpty || sharedNeurons != nil || neurons.contains { $0 != nil }
      || attention.contains(where: \.needsCalibration)
      || shared.contains(where: \.needsCalibration)
      || feedForward.contains(where: \.needsCalibration)
  }
}
