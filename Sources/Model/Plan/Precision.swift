/// How many weights share a scale, along the input dimension of a linear.
public enum GroupSize: Hashable, Codable, Sendable, CustomStringConvertible {
  /// One scale per output row.
  case channel
  /// One scale per `size` consecutive inputs of a row.
  case inputs(Int)

  /// The sizes a plan may name.
  public static let allowed: [GroupSize] = [.inputs(32), .inputs(64), .inputs(128), .channel]

  /// Groups in a row of `columns` weights, or `nil` where the size does not divide it.
  public func count(columns: Int) -> Int? {
    switch self {
    case .channel: 1
    case .inputs(let size): columns.isMultiple(of: size) ? columns / size : nil
    }
  }

  /// The largest of 128, 64 and 32 that divides `columns`, else one group per row.
  public static func widest(columns: Int) -> GroupSize {
    for size in [128, 64, 32] where columns.isMultiple(of: size) { return .inputs(size) }
    return .channel
  }

  /// `32`, `64`, `128` or `channel`.
  public var description: String {
    switch self {
    case .channel: "channel"
    case .inputs(let size): "\(size)"
    }
  }
}

/// Integer quantisation of a linear's weight.
///
/// Asymmetric: `w ≈ (code - zero) * scale`, with the zero point stored in `bits` bits. Symmetric:
/// the zero point is the middle of the range and is not stored. Scales are stored in float16.
public struct Quantization: Hashable, Sendable {
  /// Bits per weight.
  public var bits: Int
  /// Weights per scale.
  public var group: GroupSize
  /// Whether the zero point is fixed in the middle.
  public var symmetric: Bool
  /// How the codes are found.
  public var method: QuantizationMethod
  /// Whether each group's range is narrowed to where the squared error is least.
  public var clipping: Bool
  /// Whether GPTQ rounds the inputs with the largest activations first.
  public var actOrder: Bool

  /// The bit-widths a plan may name beside "as stored".
  public static let allowedBits = [2, 3, 4, 5, 6, 8]

  /// A quantisation.
  public init(
    bits: Int, group: GroupSize, symmetric: Bool, method: QuantizationMethod = .roundToNearest,
    clipping: Bool = false, actOrder: Bool = false
  ) {
    self.bits = bits
    self.group = group
    self.symmetric = symmetric
    self.method = method
    self.clipping = clipping
    self.actOrder = actOrder
  }

  /// Bytes of a `[rows, columns]` weight: packed codes, float16 scales, packed zero points, each
  /// rounded up to whole bytes.
  ///
  /// - Precondition: the group divides `columns` (a plan refuses it otherwise).
  public func bytes(rows: Int, columns: Int) -> Int {
    guard let perRow = group.count(columns: columns) else {
      preconditionFailure("group \(group) does not divide \(columns) columns")
    }
    let groups = rows * perRow
    let zeroPoints = symmetric ? 0 : (groups * bits + 7) / 8
    return (rows * columns * bits + 7) / 8 + groups * 2 + zeroPoints
  }
}

/// The precision a plan gives a linear.
public enum Precision: Hashable, Sendable {
  /// As it lies in the checkpoint.
  case stored
  /// Quantised.
  case quantized(Quantization)

  /// The bit-width, or `nil` for "as stored".
  public var bits: Int? {
    if case .quantized(let quantization) = self { quantization.bits } else { nil }
  }
}
