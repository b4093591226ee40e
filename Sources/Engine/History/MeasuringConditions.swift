import EngineProtocol
import Measurement
import Model

/// Everything beside the model and the plan that a measurement's figures depend on; measurements
/// under equal conditions may stand for each other.
struct MeasuringConditions {
  private let evaluation: Fingerprint
  private let calibration: Fingerprint

  /// The conditions of a request.
  ///
  /// - Parameters:
  ///   - request: what to ask, and how many calibration tokens with which seed
  ///   - data: identity of windows and tasks
  ///   - texts: identity of the calibration texts
  ///   - version: version of Lathe
  init(
    _ request: EvaluationRequest, data: Fingerprint, texts: Fingerprint, version: String
  ) {
    var fingerprint = data
    fingerprint.combine(request.tasks ? 1 : 0)
    fingerprint.combine(version)
    evaluation = fingerprint
    let tokens = request.calibration ?? ProfileRequest()
    fingerprint.combine("\(texts)")
    fingerprint.combine(tokens.tokens)
    fingerprint.combine(Int(truncatingIfNeeded: tokens.seed))
    calibration = fingerprint
  }

  /// The conditions of a request that this version of Lathe measures.
  ///
  /// - Throws: `MeasurementError` where the calibration texts cannot be read, or `EngineFailure`.
  init(_ request: EvaluationRequest, data: Fingerprint, in library: ModelLibrary) throws {
    let texts = try library.calibrationData(request.calibration ?? ProfileRequest()).fingerprint
    self.init(request, data: data, texts: texts, version: Version.current)
  }

  /// Of plans whose methods look at calibration tokens, or of plans whose methods do not.
  func fingerprint(withCalibration: Bool) -> Fingerprint {
    withCalibration ? calibration : evaluation
  }
}
