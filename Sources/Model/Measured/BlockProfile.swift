/// Scores of one block.
///
/// An importance is `1 - mean over tokens of the cosine` between the hidden state before and after
/// the part ("Demystifying the Compression of MoE", arXiv 2406.02500, §3).
public struct BlockProfile: Hashable, Codable, Sendable {
  /// The block's index.
  public var index: Int
  /// Importance of the whole block.
  public var blockImportance: Double
  /// Importance of the feed-forward half, residual included.
  public var moeImportance: Double
  /// Importance of the attention half, residual included (EvoPress, arXiv 2410.14649).
  public var attentionImportance: Double
  /// 95 % bootstrap intervals of the importances; `nil` where too few windows leave them unknown.
  public var intervals: Intervals?
  /// Outlier scores of q, k, v, o, in that order.
  public var attentionOutliers: [Double]
  /// One entry per expert; empty in a dense block.
  public var experts: [ExpertProfile]

  /// Puts a block's scores together.
  public init(
    index: Int, blockImportance: Double, moeImportance: Double, attentionImportance: Double,
    intervals: Intervals? = nil, attentionOutliers: [Double], experts: [ExpertProfile]
  ) {
    self.index = index
    self.blockImportance = blockImportance
    self.moeImportance = moeImportance
    self.attentionImportance = attentionImportance
    self.intervals = intervals
    self.attentionOutliers = attentionOutliers
    self.experts = experts
  }

  /// 95 % intervals of the three importances.
  public struct Intervals: Hashable, Codable, Sendable {
    /// Of the whole block.
    public var block: Interval
    /// Of the feed-forward half.
    public var moe: Interval
    /// Of the attention half.
    public var attention: Interval

    /// Puts the intervals together.
    public init(block: Interval, moe: Interval, attention: Interval) {
      self.block = block
      self.moe = moe
      self.attention = attention
    }
  }

  private enum CodingKeys: String, CodingKey {
    case index
    case blockImportance = "block_importance"
    case moeImportance = "moe_importance"
    case attentionImportance = "attention_importance"
    case intervals = "ci95"
    case attentionOutliers = "attention_outlier_scores"
    case experts
  }
}
