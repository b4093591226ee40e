/// The feed-forward half of a block.
public enum FeedForwardSpec: Hashable, Codable, Sendable {
  /// One network of the given width for every token.
  case dense(width: Int)
  /// A router and its experts.
  case moe(MoESpec)
}

/// One block: attention and feed-forward, with their norms and residuals.
public struct BlockSpec: Hashable, Codable, Sendable {
  /// The attention half.
  public var attention: AttentionSpec
  /// The feed-forward half.
  public var feedForward: FeedForwardSpec

  /// Describes a block.
  public init(attention: AttentionSpec, feedForward: FeedForwardSpec) {
    self.attention = attention
    self.feedForward = feedForward
  }

  /// The MoE layer, or `nil` in a dense block.
  public var moe: MoESpec? {
    if case .moe(let moe) = feedForward { moe } else { nil }
  }

  /// Routed experts; 0 in a dense block.
  public var expertCount: Int { moe?.experts ?? 0 }
}
