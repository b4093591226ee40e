/// What stands between a gated network's projections.
public enum Activation: Hashable, Codable, Sendable {
  /// `silu(gate) · up`.
  case silu
  /// `(up + 1) · gate · sigmoid(slope · gate)`, with gate at most `limit` and up within
  /// `-limit ... limit` (gpt-oss).
  case clampedSwiGLU(slope: Float, limit: Float)
}

/// How the weights of a block's experts lie in the checkpoint.
public enum ExpertStorage: Hashable, Codable, Sendable {
  /// Three tensors for each expert.
  case separate
  /// One tensor of gate and up and one of down for all experts, `[experts, out, in]`; the gate's
  /// rows come before the up projection's (GraniteMoE).
  case stacked
  /// As above but `[experts, in, out]`; gate and up alternate along the columns, the gate first
  /// (gpt-oss).
  case stackedTransposed
  /// As `stacked`, but rows of gate and up alternate, the gate's first (gpt-oss in MXFP4).
  case stackedAlternating
  /// As `stacked`, but gate and up are two tensors (GGUF).
  case stackedApart
}

/// Experts that every token passes through, stored as one network.
public struct SharedExpertSpec: Hashable, Codable, Sendable {
  /// How many experts the family counts it as.
  public var count: Int
  /// Width of the network, all shared experts together.
  public var width: Int
  /// Whether its output is multiplied with the sigmoid of a learned product with the input.
  public var isGated = false

  /// Describes the shared experts of a MoE layer.
  public init(count: Int, width: Int, isGated: Bool = false) {
    self.count = count
    self.width = width
    self.isGated = isGated
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
  /// What stands between the experts' projections.
  public var activation = Activation.silu
  /// How the experts are stored.
  public var storage = ExpertStorage.separate
  /// Whether the experts' projections add biases.
  public var hasExpertBiases = false

  /// Describes a MoE layer.
  public init(experts: Int, expertWidth: Int, router: RouterSpec, shared: SharedExpertSpec? = nil) {
    self.experts = experts
    self.expertWidth = expertWidth
    self.router = router
    self.shared = shared
  }
}
