/// A precision as a person asks for it; the group may be left to each linear's width.
public struct PrecisionRequest: Hashable, Sendable {
  /// 2, 3, 4, 5, 6, 8, or 16 for "as stored".
  public var bits: Int
  /// Weights per scale; `nil` for the widest of 128, 64, 32 that divides the linear's inputs.
  public var group: GroupSize?
  /// Whether the zero point is fixed in the middle.
  public var symmetric: Bool
  /// How the codes are found.
  public var method = QuantizationMethod.roundToNearest
  /// Whether each group's range is narrowed to where the squared error is least.
  public var clipping = false
  /// Whether GPTQ rounds the inputs with the largest activations first.
  public var actOrder = false
  /// Bits of the inputs while the model runs; `nil` for float.
  public var activationBits: Int?

  /// Bits that mean "as stored".
  public static let stored = 16

  /// A precision.
  public init(bits: Int, group: GroupSize? = nil, symmetric: Bool = false) {
    self.bits = bits
    self.group = group
    self.symmetric = symmetric
  }

  /// The precision of a linear with `columns` inputs.
  public func precision(columns: Int) -> Precision {
    if bits == Self.stored { return .stored }
    let group = group ?? GroupSize.widest(columns: columns)
    return .quantized(
      Quantization(
        bits: bits, group: group, symmetric: symmetric, method: method, clipping: clipping,
        actOrder: actOrder, activationBits: activationBits))
  }

  /// What was asked for beside the bits, as it can be typed again.
  var options: String {
    var words: [String] = []
    if let group { words.append("group \(group)") }
    if symmetric { words.append("symmetric") }
    if method != .roundToNearest { words.append("method \(method.rawValue)") }
    if actOrder { words.append("act-order") }
    if clipping { words.append("clip") }
    if let activationBits { words.append("activations \(activationBits)") }
    return words.map { " \($0)" }.joined()
  }
}

/// Neurons as a person asks for them.
public struct NeuronRequest: Hashable, Sendable {
  /// How many stay.
  public enum Amount: Hashable, Sendable, CustomStringConvertible {
    case count(Int)
    /// Percent of the untouched network's, above 0 and at most 100.
    case percent(Double)

    /// `512` or `50%`.
    public var description: String {
      switch self {
      case .count(let count): "\(count)"
      case .percent(let percent):
        percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%"
      }
    }

    /// Neurons that stay of `width`, rounded to the nearest.
    func kept(of width: Int) -> Int {
      switch self {
      case .count(let count): count
      case .percent(let percent): Int((percent / 100 * Double(width)).rounded())
      }
    }
  }

  /// How many stay.
  public var amount: Amount
  /// Whether down projections are fitted anew.
  public var refit: Bool

  /// Asks for neurons.
  public init(_ amount: Amount, refit: Bool = false) {
    self.amount = amount
    self.refit = refit
  }
}
