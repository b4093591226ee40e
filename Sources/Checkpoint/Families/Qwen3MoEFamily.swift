import Model

extension Family {
  /// Qwen3-MoE (`Qwen3MoeForCausalLM`): each head's queries and keys are normed; experts in the blocks
  /// that the config's rule picks.
  static let qwen3MoE = Family(modelType: "qwen3_moe", names: TensorNames(), gguf: qwen3GGUF) {
    (config: ConfigFile) throws(CheckpointError) -> [BlockSpec] in
    var attention = try config.attention(queryKeyNorm: .perHead)
    if try config.bool("attention_bias", standard: false) {
      attention.biased = AttentionLinear.grouped
    }
    if try config.bool("use_sliding_window", standard: false) {
      attention.slidingWindow = try config.integer("sliding_window", in: StructureLimit.context)
    }
    // The hub's spelling, and transformers 5's.
    let key: ConfigKey = config.value("num_experts") == nil ? "num_local_experts" : "num_experts"
    let experts = try config.integer(key, in: StructureLimit.experts)
    let moe = MoESpec(
      experts: experts, expertWidth: try config.width("moe_intermediate_size"),
      router: try config.softmaxRouter(
        renormalized: try config.bool("norm_topk_prob"), experts: experts))
    return try config.qwenBlocks(attention: attention, moe: moe)
  }
}

private let qwen3GGUF = GGUFDialect("qwen3moe") { settings throws(CheckpointError) in
  settings.copyExpertWidth()
  settings.set("mlp_only_layers", settings.blocksWithoutExperts)
  settings.set("attention_bias", .bool(settings.has("attn_q.bias")))
  // Files do not say so; llama.cpp renormalises for this architecture.
  settings.copy("norm_topk_prob", from: "expert_weights_norm", standard: .bool(true))
}
