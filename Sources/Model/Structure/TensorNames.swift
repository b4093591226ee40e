/// How a family names its tensors; `{block}` and `{expert}` stand for indices.
public struct TensorNames: Hashable, Codable, Sendable {
  /// Token embedding.
  public var embedding = "model.embed_tokens.weight"
  /// Norm after the last block.
  public var finalNorm = "model.norm.weight"
  /// Output projection.
  public var head = "lm_head.weight"
  /// What stands before every name inside a block.
  public var block = "model.layers.{block}."
  /// Norm before the attention half.
  public var attentionNorm = "input_layernorm.weight"
  /// Norm before the feed-forward half.
  public var feedForwardNorm = "post_attention_layernorm.weight"
  /// Norm on the queries.
  public var queryNorm = "self_attn.q_norm.weight"
  /// Norm on the keys.
  public var keyNorm = "self_attn.k_norm.weight"
  /// The projections of the attention half.
  public var attention: [AttentionLinear: String] = [
    .query: "self_attn.q_proj.weight", .key: "self_attn.k_proj.weight",
    .value: "self_attn.v_proj.weight", .output: "self_attn.o_proj.weight",
    .queryDown: "self_attn.q_a_proj.weight", .queryUp: "self_attn.q_b_proj.weight",
    .keyValueDown: "self_attn.kv_a_proj_with_mqa.weight",
    .keyValueUp: "self_attn.kv_b_proj.weight",
  ]
  /// Norm on the latent queries.
  public var latentQueryNorm = "self_attn.q_a_layernorm.weight"
  /// Norm on the latent vector of keys and values.
  public var latentNorm = "self_attn.kv_a_layernorm.weight"
  /// The latent vector's projection to keys, where it is stored apart.
  public var latentKeys = ""
  /// The latent vector's projection to values, where it is stored apart.
  public var latentValues = ""
  /// Learned scores of each head's softmax.
  public var sinks = "self_attn.sinks"
  /// The router.
  public var router = "mlp.gate.weight"
  /// What is added to the router's scores for the choice alone.
  public var routerCorrection = "mlp.gate.e_score_correction_bias"
  /// Gate of the shared experts.
  public var sharedGate = "mlp.shared_expert_gate.weight"
  /// The tensors that hold all experts of a block.
  public var stacked: [StackedTensor: String] = [:]
  /// What stands before an expert's projections.
  public var expert = "mlp.experts.{expert}."
  /// What stands before the shared experts' projections.
  public var shared = "mlp.shared_experts."
  /// What stands before the projections of a dense feed-forward half.
  public var dense = "mlp."
  /// The projections of a gated feed-forward network.
  public var feedForward: [FeedForwardLinear: String] = [
    .gate: "gate_proj.weight", .up: "up_proj.weight", .down: "down_proj.weight",
  ]
  /// The projections of an expert that are called otherwise; may hold `{expert}`.
  public var expertFeedForward: [FeedForwardLinear: String] = [:]
  /// The projections of the shared experts that are called otherwise.
  public var sharedFeedForward: [FeedForwardLinear: String] = [:]

  /// The names most families use; a family changes what differs.
  public init() {}

  /// The name of the tensor with the given role.
  public func name(of role: TensorRole) -> String {
    switch role {
    case .embedding: embedding
    case .finalNorm: finalNorm
    case .finalNormBias: Self.bias(of: finalNorm)
    case .head: head
    case .headBias: Self.bias(of: head)
    case .attentionNorm(let block): prefix(block) + attentionNorm
    case .attentionNormBias(let block): prefix(block) + Self.bias(of: attentionNorm)
    case .feedForwardNorm(let block): prefix(block) + feedForwardNorm
    case .feedForwardNormBias(let block): prefix(block) + Self.bias(of: feedForwardNorm)
    case .queryNorm(let block): prefix(block) + queryNorm
    case .keyNorm(let block): prefix(block) + keyNorm
    case .latentQueryNorm(let block): prefix(block) + latentQueryNorm
    case .latentNorm(let block): prefix(block) + latentNorm
    case .latentKeys(let block): prefix(block) + latentKeys
    case .latentValues(let block): prefix(block) + latentValues
    case .sinks(let block): prefix(block) + sinks
    case .router(let block): prefix(block) + router
    case .routerBias(let block): prefix(block) + Self.bias(of: router)
    case .routerCorrection(let block): prefix(block) + routerCorrection
    case .sharedGate(let block): prefix(block) + sharedGate
    case .stacked(let block, let tensor): prefix(block) + stacked[tensor, default: ""]
    case .linear(let id): name(of: id)
    case .bias(let id): Self.bias(of: name(of: id))
    }
  }

  private func name(of linear: LinearID) -> String {
    switch linear {
    case .attention(let block, let linear): prefix(block) + attention[linear, default: ""]
    case .expert(let id, let linear):
      prefix(id.block)
        + Self.fill(
          expert + (expertFeedForward[linear] ?? projection(linear)), "{expert}", id.expert)
    case .shared(let block, let linear):
      prefix(block) + shared + (sharedFeedForward[linear] ?? projection(linear))
    case .dense(let block, let linear): prefix(block) + dense + projection(linear)
    }
  }

  /// The bias that stands beside a weight: `….bias` for `….weight`.
  private static func bias(of weight: String) -> String {
    let ending = "weight"
    return weight.hasSuffix(ending) ? weight.dropLast(ending.count) + "bias" : weight
  }

  private func prefix(_ index: Int) -> String { Self.fill(block, "{block}", index) }

  private func projection(_ linear: FeedForwardLinear) -> String {
    feedForward[linear, default: ""]
  }

  private static func fill(_ pattern: String, _ placeholder: String, _ index: Int) -> String {
    guard let range = pattern.firstRange(of: placeholder) else { return pattern }
    return pattern.replacingCharacters(in: range, with: "\(index)")
  }
}

extension String {
  fileprivate func replacingCharacters(
    in range: Range<String.Index>, with replacement: String
  ) -> String {
    String(self[..<range.lowerBound]) + replacement + String(self[range.upperBound...])
  }
}
