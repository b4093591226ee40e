/// How a family norms queries and keys before the rotary embedding.
public enum QueryKeyNorm: String, Codable, Sendable, Hashable {
  case none
  /// One norm over the whole projection, before it is split into heads (OLMoE).
  case wholeProjection
  /// One norm over each head (Qwen3).
  case perHead
}

/// The attention half of a block.
public struct AttentionSpec: Hashable, Codable, Sendable {
  /// Query heads.
  public var heads: Int
  /// Key and value heads; each serves `heads / keyValueHeads` query heads.
  public var keyValueHeads: Int
  /// Width of one head.
  public var headDimension: Int
  /// Norm on queries and keys.
  public var queryKeyNorm: QueryKeyNorm
  /// Queries, keys and values are clamped to `-clip ... clip` (OLMoE's `clip_qkv`).
  public var clip: Float?
  /// A token sees only this many tokens back, itself included (Mixtral's `sliding_window`).
  public var slidingWindow: Int?

  /// Describes the attention half of a block.
  public init(
    heads: Int, keyValueHeads: Int, headDimension: Int, queryKeyNorm: QueryKeyNorm = .none,
    clip: Float? = nil, slidingWindow: Int? = nil
  ) {
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headDimension = headDimension
    self.queryKeyNorm = queryKeyNorm
    self.clip = clip
    self.slidingWindow = slidingWindow
  }

  /// Width of the query projection and of the output projection's input.
  public var queryWidth: Int { heads * headDimension }
  /// Width of the key projection and of the value projection.
  public var keyValueWidth: Int { keyValueHeads * headDimension }
}

/// How a router turns its logits into the experts of a token and their mixing weights.
public enum RouterKind: Hashable, Codable, Sendable {
  /// Softmax over all experts, then the `k` largest, renormalised to sum 1 or not.
  case softmaxThenTopK(renormalized: Bool)
}

/// The router of a MoE layer.
public struct RouterSpec: Hashable, Codable, Sendable {
  /// Its arithmetic.
  public var kind: RouterKind
  /// Experts it picks per token, `k`.
  public var expertsPerToken: Int

  /// Describes a router.
  public init(kind: RouterKind, expertsPerToken: Int) {
    self.kind = kind
    self.expertsPerToken = expertsPerToken
  }
}

/// Experts that every token passes through, stored as one network.
public struct SharedExpertSpec: Hashable, Codable, Sendable {
  /// How many experts the family counts it as.
  public var count: Int
  /// Width of the network, all shared experts together.
  public var width: Int

  /// Describes the shared experts of a MoE layer.
  public init(count: Int, width: Int) {
    self.count = count
    self.width = width
  }
}

/// The feed-forward half of a block that has experts.
public struct MoESpec: Hashable, Codable, Sendable {
  /// Routed experts in the untouched checkpoint.
  public var experts: Int
  /// Width of one expert (its intermediate size).
  public var expertWidth: Int
  /// The router.
  public var router: RouterSpec
  /// Experts that see every token, if any.
  public var shared: SharedExpertSpec?

  /// Describes a MoE layer.
  public init(experts: Int, expertWidth: Int, router: RouterSpec, shared: SharedExpertSpec? = nil) {
    self.experts = experts
    self.expertWidth = expertWidth
    self.router = router
    self.shared = shared
  }
}

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
