import Model

extension Family {
  /// DeepSeek-MoE v1 (`DeepseekForCausalLM`): plain multi-head attention, the first blocks dense,
  /// shared experts added without a gate and stored as one network.
  static let deepseek = Family(modelType: "deepseek", names: TensorNames()) {
    (config: ConfigFile) throws(CheckpointError) -> [BlockSpec] in
    try config.require("hidden_act", "silu")
    try config.require("scoring_func", "softmax")
    try config.refuse("attention_bias", supported: "false")
    let attention = try config.attention()
    let moe = try config.deepseekMoE()
    let dense = FeedForwardSpec.dense(width: try config.width("intermediate_size"))
    let blocks = try config.integer("num_hidden_layers", in: StructureLimit.blocks)
    let firstMoE = try config.integer("first_k_dense_replace", in: 0...Int.max)
    let frequency = try config.integer("moe_layer_freq", in: 1...Int.max)
    return (0..<blocks).map { block in
      let isMoE = block >= firstMoE && block % frequency == 0
      return BlockSpec(attention: attention, feedForward: isMoE ? .moe(moe) : dense)
    }
  }
}

extension ConfigFile {
  fileprivate func deepseekMoE() throws(CheckpointError) -> MoESpec {
    let width = try width("moe_intermediate_size")
    let experts = try integer("n_routed_experts", in: StructureLimit.experts)
    var router = try softmaxRouter(renormalized: false, experts: experts)
    // The reference code leaves a single picked expert's weight as it is.
    let renormalized = try bool("norm_topk_prob") && router.expertsPerToken > 1
    router.kind = .softmaxThenTopK(renormalized: renormalized)
    guard let shared = try optionalInteger("n_shared_experts", in: StructureLimit.experts) else {
      return MoESpec(experts: experts, expertWidth: width, router: router)
    }
    let sharedWidth = try self.width(width, times: "n_shared_experts", shared)
    return MoESpec(
      experts: experts, expertWidth: width, router: router,
      shared: SharedExpertSpec(count: shared, width: sharedWidth))
  }
}
