import Model

extension Family {
  /// GLM-4-MoE (`Glm4MoeForCausalLM`): grouped-query attention that rotates part of each head, the
  /// first blocks dense, and DeepSeek-V3's router and shared experts.
  static let glm4MoE = Family(modelType: "glm4_moe", names: TensorNames(), gguf: glm4GGUF) {
    (config: ConfigFile) throws(CheckpointError) -> [BlockSpec] in
    try config.require("hidden_act", "silu")
    let hasNorms = try config.bool("use_qk_norm", standard: false)
    var attention = try config.attention(queryKeyNorm: hasNorms ? .perHead : .none)
    attention.rotaryWidth = try config.rotaryWidth(
      headDimension: attention.headDimension, standard: 0.5)
    if try config.bool("attention_bias", standard: false) {
      attention.biased = [.query, .key, .value]
    }
    let experts = try config.integer("n_routed_experts", in: StructureLimit.experts)
    return try config.blocksAfterDenseOnes(
      attention: attention, router: try config.sigmoidRouter(experts: experts), experts: experts)
  }
}

extension ConfigFile {
  /// The share of a head that rotates, in both spellings.
  fileprivate func rotaryWidth(
    headDimension: Int, standard: Float
  ) throws(CheckpointError) -> Int {
    let inner: ConfigKey = "rope_parameters.partial_rotary_factor"
    let key: ConfigKey = value(inner) == nil ? "partial_rotary_factor" : inner
    let share = try optionalPositiveNumber(key) ?? standard
    let width = share <= 1 ? Int(Float(headDimension) * share) : 0
    guard width > 0, width % 2 == 0 else {
      let allowed = "at most 1, with an even share of head_dim (\(headDimension))"
      throw error(key, .outOfRange(value: "\(share)", allowed: allowed))
    }
    return width
  }
}

private let glm4GGUF = GGUFDialect(
  "glm4moe", names: { $0.feedForwardNorm = "post_attention_norm.weight" },
  settings: { settings throws(CheckpointError) in
    settings.copySharedAndDense()
    settings.copyRouterScale()
    settings.copyGroups()
    settings.copy("norm_topk_prob", from: "expert_weights_norm", standard: .bool(false))
    settings.set("use_qk_norm", .bool(settings.has("attn_q_norm.weight")))
    settings.set("attention_bias", .bool(settings.has("attn_q.bias")))
    try settings.copyRotaryShare("partial_rotary_factor")
  })
