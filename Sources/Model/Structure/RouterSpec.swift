/// Experts in groups of equal size, of which a token may use only some (DeepSeek-V2 and V3).
public struct ExpertGroups: Hashable, Codable, Sendable {
  /// How many groups the untouched checkpoint's experts form, in order.
  public var count: Int
  /// How many of them a token may use.
  public var picked: Int

  /// Describes groups of experts.
  public init(count: Int, picked: Int) {
    self.count = count
    self.picked = picked
  }

  /// Experts every group must keep, so that any `picked` groups hold `expertsPerToken`.
  public func leastExperts(expertsPerToken: Int) -> Int { (expertsPerToken + picked - 1) / picked }
}

/// How a router turns its logits into the experts of a token and their mixing weights.
public enum RouterKind: Hashable, Codable, Sendable {
  /// Softmax over all experts, then the `k` largest, renormalised to sum 1 or not.
  case softmaxThenTopK(renormalized: Bool)
  /// The `k` largest logits, then the softmax over these.
  case topKThenSoftmax
  /// Softmax over all experts, then the `k` largest within the groups whose largest probability is
  /// largest, times `scale` (DeepSeek-V2).
  case scaledSoftmax(groups: ExpertGroups?, scale: Float)
  /// The sigmoid of each logit; a stored correction joins the choice, not the weight. Groups rank
  /// by their two largest together. Weights are renormalised or not, then times `scale`.
  case sigmoid(groups: ExpertGroups?, renormalized: Bool, scale: Float)
  /// One expert after the other, each weighted by the softmax over those nearly as good as it:
  /// within `2 * jitter` of the best, relative to the larger of the two (Phi-3.5-MoE).
  case sparseMixer(jitter: Float)
}

/// The router of a MoE layer.
public struct RouterSpec: Hashable, Codable, Sendable {
  /// Its arithmetic.
  public var kind: RouterKind
  /// Experts it picks per token, `k`.
  public var expertsPerToken: Int
  /// Whether a bias is added to its logits.
  public var hasBias = false

  /// Describes a router.
  public init(kind: RouterKind, expertsPerToken: Int) {
    self.kind = kind
    self.expertsPerToken = expertsPerToken
  }

  /// The groups it chooses among first, if it does.
  public var groups: ExpertGroups? {
    switch kind {
    case .scaledSoftmax(let groups, _), .sigmoid(let groups, _, _): groups
    case .softmaxThenTopK, .topKThenSoftmax, .sparseMixer: nil
    }
  }

  /// Whether it has a correction that joins the choice of experts.
  public var hasCorrection: Bool {
    if case .sigmoid = kind { true } else { false }
  }
}
