/// How a family norms queries and keys before the rotary embedding.
public enum QueryKeyNorm: String, Codable, Sendable, Hashable {
  case none
  /// One norm over the whole projection, before it is split into heads (OLMoE).
  case wholeProjection
  /// One norm over each head (Qwen3).
  case perHead
}

/// Which elements of a head the rotary embedding turns together.
public enum RotaryPairing: String, Codable, Sendable, Hashable {
  /// Element `i` with element `i + width / 2`.
  case halves
  /// Element `2i` with element `2i + 1` (DeepSeek-V2 and V3).
  case neighbours
}

/// Multi-head latent attention (DeepSeek-V2 and V3): keys and values of all heads are projected
/// down to one latent vector and up again; one rotated key part is shared by all heads.
public struct LatentSpec: Hashable, Codable, Sendable {
  /// Width of the latent queries; `nil` where queries are projected directly.
  public var queryRank: Int?
  /// Width of the latent vector of keys and values.
  public var keyValueRank: Int
  /// The `epsilon` of the norms on the latent vectors.
  public var normEpsilon: Float
  /// Whether the projection of the latent vector to keys and values is stored as two tensors with a
  /// matrix for each head, the keys' transposed (GGUF).
  public var storesHeads = false

  /// Describes the latent vectors.
  public init(queryRank: Int?, keyValueRank: Int, normEpsilon: Float = 1e-6) {
    self.queryRank = queryRank
    self.keyValueRank = keyValueRank
    self.normEpsilon = normEpsilon
  }
}

/// The attention half of a block.
///
/// The rotary embedding turns the first `rotaryWidth` elements of a head, or the last ones with
/// latent attention.
public struct AttentionSpec: Hashable, Codable, Sendable {
  /// Query heads.
  public var heads: Int
  /// Key and value heads; each serves `heads / keyValueHeads` query heads.
  public var keyValueHeads: Int
  /// Width of one head's queries and keys.
  public var headDimension: Int
  /// Width of one head's values.
  public var valueDimension: Int
  /// Elements of a head that the rotary embedding turns.
  public var rotaryWidth: Int
  /// Which of them turn together.
  public var rotaryPairing = RotaryPairing.halves
  /// Norm on queries and keys.
  public var queryKeyNorm: QueryKeyNorm
  /// Queries, keys and values are clamped to `-clip ... clip` (OLMoE's `clip_qkv`).
  public var clip: Float?
  /// A token sees only this many tokens back, itself included (Mixtral's `sliding_window`).
  public var slidingWindow: Int?
  /// What scores are multiplied with; `nil` for `1 / √headDimension`.
  public var scoreScale: Float?
  /// The projections that add a bias.
  public var biased: [AttentionLinear] = []
  /// Whether every head has a learned score that takes part in the softmax and carries no value.
  public var hasSinks = false
  /// Latent attention, if the family has it.
  public var latent: LatentSpec?

  /// Describes the attention half of a block.
  public init(
    heads: Int, keyValueHeads: Int, headDimension: Int, queryKeyNorm: QueryKeyNorm = .none,
    clip: Float? = nil, slidingWindow: Int? = nil
  ) {
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headDimension = headDimension
    valueDimension = headDimension
    rotaryWidth = headDimension
    self.queryKeyNorm = queryKeyNorm
    self.clip = clip
    self.slidingWindow = slidingWindow
  }

  /// Width of all heads' queries.
  public var queryWidth: Int { heads * headDimension }
  /// Width of all key heads.
  public var keyWidth: Int { keyValueHeads * headDimension }
  /// Width of all value heads.
  public var valueWidth: Int { keyValueHeads * valueDimension }
  /// Width of all heads' mixed values: the output projection's input.
  public var mixedWidth: Int { heads * valueDimension }
  /// Elements of a head that the rotary embedding leaves alone.
  public var unrotatedWidth: Int { headDimension - rotaryWidth }

  /// The projections, in the order of the forward pass.
  public var linears: [AttentionLinear] {
    guard let latent else { return AttentionLinear.grouped }
    let queries: [AttentionLinear] = latent.queryRank == nil ? [.query] : [.queryDown, .queryUp]
    return queries + [.keyValueDown, .keyValueUp, .output]
  }

  /// Rows and columns, `[out, in]`, of a projection of a residual stream `hidden` wide.
  public func shape(of linear: AttentionLinear, hidden: Int) -> (rows: Int, columns: Int) {
    let rank = latent?.keyValueRank ?? 0
    let queryRank = latent?.queryRank ?? 0
    return switch linear {
    case .query: (queryWidth, hidden)
    case .key: (keyWidth, hidden)
    case .value: (valueWidth, hidden)
    case .output: (hidden, mixedWidth)
    case .queryDown: (queryRank, hidden)
    case .queryUp: (queryWidth, queryRank)
    case .keyValueDown: (rank + rotaryWidth, hidden)
    case .keyValueUp: (heads * (unrotatedWidth + valueDimension), rank)
    }
  }
}
