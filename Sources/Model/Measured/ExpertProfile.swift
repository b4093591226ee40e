/// Scores of one expert `e`, over the tokens `t` of the calibration texts.
public struct ExpertProfile: Hashable, Codable, Sendable {
  /// The expert's index in its block.
  public var index: Int
  /// Router load: share of the block's (token, slot) pairs routed to it; uniform is `1 / experts`.
  public var load: Double
  /// Router mass: mean over tokens of the router's full softmax probability.
  public var mass: Double
  /// Router mass counted only where the expert was selected.
  public var selectedMass: Double
  /// Mean mixing weight `g_te` over the tokens routed to it.
  public var meanWeight: Double
  /// REAP: mean over routed tokens of `g_te * |f_e(x_t)|` (arXiv 2510.13999).
  public var reap: Double
  /// EAN: mean over routed tokens of `|f_e(x_t)|` (REAP's baseline).
  public var ean: Double
  /// Weighted EAN: mean over routed tokens of `p_te * |f_e(x_t)|`, `p_te` the router's probability
  /// among all experts; differs from REAP where the model renormalises, corrects or scales it.
  public var weightedEan: Double
  /// 95 % bootstrap intervals; `nil` where too few windows leave them unknown.
  public var intervals: Intervals?
  /// Tokens routed to it: the evidence behind the scores.
  public var tokens: Int
  /// Router load within each domain.
  public var loadByDomain: [String: Double]
  /// Frobenius norm of its three weights together.
  public var weightNorm: Double
  /// Outlier scores of gate, up and down, in that order ("Examining PTQ for MoE", 2406.08155).
  public var outliers: [Double]

  /// Puts an expert's scores together.
  public init(
    index: Int, load: Double, mass: Double, selectedMass: Double, meanWeight: Double, reap: Double,
    ean: Double, weightedEan: Double, intervals: Intervals? = nil, tokens: Int,
    loadByDomain: [String: Double], weightNorm: Double, outliers: [Double]
  ) {
    self.index = index
    self.load = load
    self.mass = mass
    self.selectedMass = selectedMass
    self.meanWeight = meanWeight
    self.reap = reap
    self.ean = ean
    self.weightedEan = weightedEan
    self.intervals = intervals
    self.tokens = tokens
    self.loadByDomain = loadByDomain
    self.weightNorm = weightNorm
    self.outliers = outliers
  }

  /// REAP summed over its tokens instead of averaged.
  public var reapSum: Double { reap * Double(tokens) }
  /// EAN summed over its tokens.
  public var eanSum: Double { ean * Double(tokens) }
  /// Weighted EAN summed over its tokens.
  public var weightedEanSum: Double { weightedEan * Double(tokens) }

  /// The largest outlier score of its three linears.
  public var outlier: Double { outliers.max() ?? 0 }

  /// 95 % intervals of the scores that depend on the calibration texts.
  public struct Intervals: Hashable, Codable, Sendable {
    /// Of the router load.
    public var load: Interval
    /// Of the router mass.
    public var mass: Interval
    /// Of REAP.
    public var reap: Interval
    /// Of EAN.
    public var ean: Interval

    /// Puts the intervals together.
    public init(load: Interval, mass: Interval, reap: Interval, ean: Interval) {
      self.load = load
      self.mass = mass
      self.reap = reap
      self.ean = ean
    }
  }

  private enum CodingKeys: String, CodingKey {
    case index, load, mass, reap, ean, tokens
    case weightedEan = "weighted_ean"
    case intervals = "ci95"
    case selectedMass = "selected_mass"
    case meanWeight = "mean_weight"
    case loadByDomain = "load_by_domain"
    case weightNorm = "weight_norm"
    case outliers = "outlier_scores"
  }
}
