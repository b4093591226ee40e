import Glibc

/// The share of a weight's energy that a change takes away, for weights that are normally distributed:
/// where between the measured bit-widths a change stands that the sweep did not try.
enum RoundingError {
  /// Uniform rounding of groups of weights to `bits` bits: `step² / 12` in units of the variance, with
  /// the range that a group of that size spans.
  static func share(_ quantization: Quantization, columns: Int) -> Double {
    let size =
      switch quantization.group {
      case .channel: columns
      case .inputs(let size): size
      }
    // The expected range of n draws, to a few percent for n from 32 to 4096.
    let range = 1.68 * (2 * log(Double(max(2, size)))).squareRoot()
    let step = range / Double((1 << quantization.bits) - 1)
    // A fixed zero point spends part of the codes where there are no weights.
    return step * step / 12 * (quantization.symmetric ? 1.3 : 1)
  }

  /// Inputs rounded to `bits` bits, token by token.
  static func share(activationBits bits: Int) -> Double {
    let step = 8 / Double((1 << bits) - 1)
    return step * step / 12
  }

  /// The smallest weights set to zero: `p - 2 q φ(q)` with `q` the quantile that leaves out `p`.
  static func share(_ pattern: SparsityPattern) -> Double {
    let ratio = min(max(pattern.ratio, 0), 0.999)
    var low = 0.0
    var high = 8.0
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if erf(middle / 2.0.squareRoot()) < ratio { low = middle } else { high = middle }
    }
    let density = exp(-low * low / 2) / (2 * Double.pi).squareRoot()
    let share = max(ratio - 2 * low * density, 1e-12)
    // Among four or eight neighbours the smallest are not the smallest of all.
    return if case .semiStructured = pattern { 1.6 * share } else { share }
  }
}

/// Costs measured at some severities, carried to others along straight lines in logarithms.
struct CostCurve: Hashable, Sendable {
  /// Logarithms of the severities, ascending.
  private let severities: [Double]
  /// `[points][channels]`: logarithms of the costs.
  private let costs: [[Double]]

  /// Costs less than this are told from nothing by no measurement.
  private static let least = 1e-9

  /// A curve through measured points: a severity and the costs of all channels.
  init(_ points: [(severity: Double, costs: [Double])]) {
    let sorted = points.sorted { $0.severity < $1.severity }
    severities = sorted.map { log(max($0.severity, Self.least)) }
    costs = sorted.map { $0.costs.map { log(max($0, Self.least)) } }
  }

  /// The costs at a severity; nothing where nothing was measured.
  func costs(at severity: Double, channels: Int) -> [Double] {
    guard severity > 0, let first = costs.first else { return Array(repeating: 0, count: channels) }
    guard costs.count > 1 else { return first.map { exp($0) } }
    let place = log(severity)
    let upper = severities.firstIndex { $0 > place } ?? severities.count - 1
    let right = min(max(upper, 1), severities.count - 1)
    let width = severities[right] - severities[right - 1]
    let share = width > 0 ? (place - severities[right - 1]) / width : 0
    return (0..<channels).map { channel in
      let (low, high) = (costs[right - 1][channel], costs[right][channel])
      return exp(low + share * (high - low))
    }
  }
}
