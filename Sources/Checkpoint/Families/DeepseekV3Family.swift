import Model

extension Family {
  /// DeepSeek-V3 (`DeepseekV3ForCausalLM`): latent attention, the first blocks dense, a shared expert
  /// without a gate, experts chosen in groups by sigmoids with a correction.
  static let deepseekV3 = Family(
    modelType: "deepseek_v3", names: TensorNames(), gguf: deepseekV3GGUF
  ) {
    (config: ConfigFile) throws(CheckpointError) -> [BlockSpec] in
    try config.require("hidden_act", "silu")
    let isInterleaved = try config.bool("rope_interleave", standard: true)
    let experts = try config.integer("n_routed_experts", in: StructureLimit.experts)
    return try config.blocksAfterDenseOnes(
      attention: try config.latentAttention(pairing: isInterleaved ? .neighbours : .halves),
      router: try config.sigmoidRouter(experts: experts), experts: experts)
  }
}

private let deepseekV3GGUF = GGUFDialect(
  "deepseek2", isFamily: { $0.hasSigmoidRouter },
  settings: { settings throws(CheckpointError) in
    try settings.copyLatentAttention()
    settings.copySharedAndDense()
    settings.copyRouterScale()
    settings.copyGroups()
    settings.copy("norm_topk_prob", from: "expert_weights_norm", standard: .bool(false))
  })
