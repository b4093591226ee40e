import Glibc

/// How far the costs that a propagated sweep tells are from those that were measured.
public struct PropagationRecord: Hashable, Codable, Sendable {
  /// Some of the propagated probes.
  public struct Part: Hashable, Codable, Sendable {
    /// Which.
    public var name: String
    /// How many.
    public var probes: Int
    /// Spearman's, of propagated and measured KL.
    public var rankCorrelation: Double
    /// The factor by which the two differ in the median.
    public var medianFactor: Double
    /// Standard deviation of `ln(propagated / measured)`.
    public var deviation: Double
    /// Mean of it.
    public var bias: Double

    private enum CodingKeys: String, CodingKey {
      case name, probes, deviation, bias
      case rankCorrelation = "rank_correlation"
      case medianFactor = "median_factor"
    }
  }

  /// All of them, then by kind of change.
  public var parts: [Part]
  /// Probes and combinations that the propagated sweep measured.
  public var measured: Int
  /// Probes that it did not.
  public var propagated: Int
  /// Seconds that it took.
  public var propagatedSeconds: Double
  /// Seconds that measuring everything took.
  public var fullSeconds: Double

  /// The least KL that is told apart from rounding errors, nats.
  private static let least = 1e-6

  /// Holds the propagated entries of one sweep against another's that was measured.
  public init(_ propagated: Sensitivities, measured: Sensitivities) {
    let known = measured.byProbe
    let pairs = propagated.entries.compactMap { entry -> (kind: ErrorKind?, pair: Pair)? in
      guard entry.source == .propagated, let other = known[entry.probe],
        other.source == .measured, entry.kl > Self.least, other.kl > Self.least
      else { return nil }
      return (ErrorKind(entry.probe.change), Pair(told: entry.kl, measured: other.kl))
    }
    parts =
      [Part("all", pairs.map(\.pair))]
      + ErrorKind.allCases.map { kind in
        Part("\(kind)", pairs.filter { $0.kind == kind }.map(\.pair))
      }
    self.measured = propagated.measured
    self.propagated = propagated.propagated
    propagatedSeconds = propagated.seconds
    fullSeconds = measured.seconds
  }

  private enum CodingKeys: String, CodingKey {
    case parts, measured, propagated
    case propagatedSeconds = "propagated_seconds"
    case fullSeconds = "full_seconds"
  }
}

private struct Pair {
  var told: Double
  var measured: Double
}

extension PropagationRecord.Part {
  fileprivate init(_ name: String, _ pairs: [Pair]) {
    let ratios = pairs.map { log($0.told / $0.measured) }
    let count = Double(max(1, pairs.count))
    let mean = ratios.reduce(0, +) / count
    let squares = ratios.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let factors = ratios.map { exp(abs($0)) }.sorted()
    self.init(
      name: name, probes: pairs.count,
      rankCorrelation: RankCorrelation.spearman(pairs.map(\.told), pairs.map(\.measured)),
      medianFactor: factors.isEmpty ? 1 : factors[factors.count / 2],
      deviation: (squares / count).squareRoot(), bias: mean)
  }
}
