import Model
import Transformer

/// Calibration tokens for methods that look at activations.
public struct CalibrationSample: Sendable {
  /// The tokens, window by window.
  public let batch: TokenBatch
  /// Identity of the tokens and their choice.
  public let fingerprint: Fingerprint
  /// What a measurement says about them.
  public let reference: CalibrationReference

  /// A sample of windows.
  ///
  /// - Parameters:
  ///   - windows: the windows
  ///   - seed: the seed they were chosen with
  public init(_ windows: TokenWindows, seed: UInt64) {
    let items = windows.rounds(ofTokens: .max).joined()
    batch = TokenBatch(items.map(\.ids))
    var fingerprint = windows.fingerprint
    fingerprint.combine(windows.tokens)
    fingerprint.combine(Int(truncatingIfNeeded: seed))
    self.fingerprint = fingerprint
    reference = CalibrationReference(
      data: windows.fingerprint, tokens: windows.tokens, seed: seed)
  }
}
