/// How far the forward pass is from stored activations.
public struct Verification: Codable, Hashable, Sendable {
  /// One stored tensor's comparison.
  public struct Tensor: Codable, Hashable, Sendable {
    /// Its name in the reference file.
    public var name: String
    /// Largest absolute difference.
    public var maxAbsError: Double

    /// A comparison.
    public init(name: String, maxAbsError: Double) {
      self.name = name
      self.maxAbsError = maxAbsError
    }

    private enum CodingKeys: String, CodingKey {
      case name
      case maxAbsError = "max_abs_error"
    }
  }

  /// Whether every tensor is within the tolerance.
  public var ok: Bool
  /// The largest difference allowed.
  public var tolerance: Double
  /// Every stored tensor, in the order of the forward pass.
  public var tensors: [Tensor]

  /// The result of a comparison.
  public init(ok: Bool, tolerance: Double, tensors: [Tensor]) {
    self.ok = ok
    self.tolerance = tolerance
    self.tensors = tensors
  }
}
