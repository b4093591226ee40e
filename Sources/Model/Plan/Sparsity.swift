/// Which weights of a linear may become zero.
public enum SparsityPattern: Hashable, Sendable, CustomStringConvertible {
  /// A share of the weights, from 0 to 1, wherever they lie.
  case unstructured(Double)
  /// At most `kept` weights other than zero among each `of` consecutive inputs of a row.
  case semiStructured(kept: Int, of: Int)

  /// The semi-structured patterns a plan may name.
  public static let allowedSemiStructured: [SparsityPattern] = [
    .semiStructured(kept: 2, of: 4), .semiStructured(kept: 4, of: 8),
  ]

  /// Share of the weights that become zero, from 0 to 1.
  public var ratio: Double {
    switch self {
    case .unstructured(let ratio): ratio
    case .semiStructured(let kept, let size): 1 - Double(kept) / Double(size)
    }
  }

  /// `0.5` or `2:4`.
  public var description: String {
    switch self {
    case .unstructured(let ratio): "\(ratio)"
    case .semiStructured(let kept, let size): "\(kept):\(size)"
    }
  }
}

/// By what the weights to zero are chosen.
public enum SparsityMethod: String, CaseIterable, Codable, Sendable, Hashable {
  /// The smallest go; needs no data.
  case magnitude
  /// The smallest products with the size of their input go (arXiv 2306.11695).
  case wanda
  /// Those whose loss the rest can best make up for go, and it does (arXiv 2301.00774).
  case sparseGPT = "sparsegpt"

  /// Whether it needs the inputs that the linear sees on calibration data.
  public var needsCalibration: Bool { self != .magnitude }
}

/// Zeros in a linear's weight.
public struct Sparsity: Hashable, Sendable {
  /// Which weights may become zero.
  public var pattern: SparsityPattern
  /// By what they are chosen.
  public var method: SparsityMethod

  /// Zeros of a pattern, chosen by a method.
  public init(_ pattern: SparsityPattern, _ method: SparsityMethod) {
    self.pattern = pattern
    self.method = method
  }
}
