import Model

extension Family {
  /// DeepSeek-MoE v1 (`DeepseekForCausalLM`): plain multi-head attention, the first blocks dense,
  /// shared experts added without a gate and stored as one network.
  static let deepseek = Family(modelType: "deepseek", names: TensorNames(), gguf: deepseekGGUF) {
    (config: ConfigFile) throws(CheckpointError) -> [BlockSpec] in
    try config.require("hidden_act", "silu")
    try config.require("scoring_func", "softmax")
    try config.refuse("attention_bias", supported: "false")
    let experts = try config.integer("n_routed_experts", in: StructureLimit.experts)
    var router = try config.softmaxRouter(renormalized: false, experts: experts)
    // The reference code leaves a single picked expert's weight as it is.
    let renormalized = try config.bool("norm_topk_prob") && router.expertsPerToken > 1
    router.kind = .softmaxThenTopK(renormalized: renormalized)
    return try config.blocksAfterDenseOnes(
      attention: try config.attention(), router: router, experts: experts,
      frequency: try config.integer("moe_layer_freq", in: 1...Int.max))
  }
}

private let deepseekGGUF = GGUFDialect("deepseek", pairing: .neighbours) {
  settings throws(CheckpointError) in
  settings.copySharedAndDense()
  settings.set("scoring_func", .string("softmax"))
  settings.set("moe_layer_freq", .integer(1))
  settings.copy("norm_topk_prob", from: "expert_weights_norm", standard: .bool(false))
}
