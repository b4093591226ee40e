import Model

extension Family {
  /// OLMoE (`OlmoeForCausalLM`), the layout of the bundled model.
  ///
  /// Every block has experts; queries and keys are normed over the whole projection.
  static let olmoe = Family(modelType: "olmoe", names: TensorNames(), gguf: olmoeGGUF) {
    (config: ConfigFile) throws(CheckpointError) -> [BlockSpec] in
    try config.require("hidden_act", "silu")
    try config.refuse("attention_bias", supported: "false")
    var attention = try config.attention(queryKeyNorm: .wholeProjection)
    attention.clip = try config.optionalPositiveNumber("clip_qkv")
    let experts = try config.integer("num_experts", in: StructureLimit.experts)
    let moe = MoESpec(
      experts: experts, expertWidth: try config.width("intermediate_size"),
      router: try config.softmaxRouter(
        renormalized: try config.bool("norm_topk_prob"), experts: experts))
    let blocks = try config.integer("num_hidden_layers", in: StructureLimit.blocks)
    return Array(
      repeating: BlockSpec(attention: attention, feedForward: .moe(moe)), count: blocks)
  }
}

private let olmoeGGUF = GGUFDialect("olmoe") { settings throws(CheckpointError) in
  settings.copy("clip_qkv", from: "attention.clamp_kqv")
  settings.copy("norm_topk_prob", from: "expert_weights_norm", standard: .bool(false))
}
