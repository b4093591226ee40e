/// A score by which experts can be ranked; the lowest goes first.
///
/// Written `reap`, `weighted-ean` or `random:7`.
public enum ExpertScore: Hashable, Sendable {
  /// Share of the block's routed tokens.
  case load
  /// Mean router probability over all tokens ("Demystifying the Compression of MoE", 2406.02500).
  case mass
  /// The same, counted only where the expert was selected.
  case selectedMass
  /// Mean of mixing weight times output norm where routed (REAP, 2510.13999).
  case reap
  /// The sum of the same: rarely used experts count less.
  case reapSum
  /// Mean output norm where routed.
  case ean
  /// Sum of output norms.
  case eanSum
  /// Mean of router probability times output norm where routed.
  case weightedEan
  /// The sum of the same.
  case weightedEanSum
  /// Frobenius norm of the expert's weights.
  case weightNorm
  /// Largest outlier score of its linears.
  case outlier
  /// A baseline that knows nothing.
  case random(seed: UInt64)

  /// Those that a profile holds.
  public static let measured: [ExpertScore] = [
    .load, .mass, .selectedMass, .reap, .reapSum, .ean, .eanSum, .weightedEan, .weightedEanSum,
    .weightNorm, .outlier,
  ]

  /// The score of an expert.
  public func value(of expert: ExpertProfile, block: Int) -> Double {
    switch self {
    case .load: expert.load
    case .mass: expert.mass
    case .selectedMass: expert.selectedMass
    case .reap: expert.reap
    case .reapSum: expert.reapSum
    case .ean: expert.ean
    case .eanSum: expert.eanSum
    case .weightedEan: expert.weightedEan
    case .weightedEanSum: expert.weightedEanSum
    case .weightNorm: expert.weightNorm
    case .outlier: expert.outlier
    case .random(let seed):
      Self.random(seed: seed, ExpertID(block: block, expert: expert.index))
    }
  }

  /// From 0 to 1, by the seed and the address alone, so that it does not depend on the order of
  /// questions.
  private static func random(seed: UInt64, _ id: ExpertID) -> Double {
    var mixed = seed
    for part in [id.block, id.expert] {
      // The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
      mixed = (mixed ^ UInt64(part)) &+ 0x9E37_79B9_7F4A_7C15
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      mixed ^= mixed >> 31
    }
    return Double(mixed >> 11) / 0x1p53
  }
}

extension ExpertScore: LosslessStringConvertible {
  /// Reads a score's name; `random:7` has its seed behind it.
  public init?(_ text: String) {
    if let known = Self.measured.first(where: { $0.description == text }) {
      self = known
    } else if text.hasPrefix("random:"), let seed = UInt64(text.dropFirst("random:".count)) {
      self = .random(seed: seed)
    } else {
      return nil
    }
  }

  /// Its name.
  public var description: String {
    switch self {
    case .load: "load"
    case .mass: "mass"
    case .selectedMass: "selected-mass"
    case .reap: "reap"
    case .reapSum: "reap-sum"
    case .ean: "ean"
    case .eanSum: "ean-sum"
    case .weightedEan: "weighted-ean"
    case .weightedEanSum: "weighted-ean-sum"
    case .weightNorm: "norm"
    case .outlier: "outlier"
    case .random(let seed): "random:\(seed)"
    }
  }
}
