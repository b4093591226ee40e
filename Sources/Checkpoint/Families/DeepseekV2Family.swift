import Model

extension Family {
  /// DeepSeek-V2 and V2-Lite (`DeepseekV2ForCausalLM`): latent attention, the first blocks dense,
  /// shared experts without a gate, experts chosen by softmax, in groups or not.
  static let deepseekV2 = Family(
    modelType: "deepseek_v2", names: TensorNames(), gguf: deepseekV2GGUF
  ) {
    (config: ConfigFile) throws(CheckpointError) -> [BlockSpec] in
    try config.require("hidden_act", "silu")
    if config.value("scoring_func") != nil { try config.require("scoring_func", "softmax") }
    // Implementations differ in what they do with it, and no published model sets it.
    try config.refuse("norm_topk_prob", supported: "false")
    let experts = try config.integer("n_routed_experts", in: StructureLimit.experts)
    let picked = try config.integer("num_experts_per_tok", in: 1...experts)
    let kind = RouterKind.scaledSoftmax(
      groups: try config.deepseekV2Groups(experts: experts, picked: picked),
      scale: try config.positiveNumber("routed_scaling_factor"))
    return try config.blocksAfterDenseOnes(
      attention: try config.latentAttention(pairing: .neighbours),
      router: RouterSpec(kind: kind, expertsPerToken: picked), experts: experts)
  }
}

extension ConfigFile {
  fileprivate func deepseekV2Groups(
    experts: Int, picked: Int
  ) throws(CheckpointError) -> ExpertGroups? {
    let method = try text("topk_method")
    switch method {
    case "greedy": return nil
    case "group_limited_greedy": return try expertGroups(experts: experts, picked: picked)
    default:
      throw error(
        "topk_method",
        .unsupported(value: "\"\(method)\"", supported: "greedy, group_limited_greedy"))
    }
  }
}

private let deepseekV2GGUF = GGUFDialect(
  "deepseek2", isFamily: { !$0.hasSigmoidRouter },
  settings: { settings throws(CheckpointError) in
    try settings.copyLatentAttention()
    settings.copySharedAndDense()
    settings.copyRouterScale()
    settings.copyGroups()
    // Where a file names more than one group, those of most worth are chosen first.
    let groups = try settings.metadata.count(settings.key("expert_group_count")) ?? 1
    settings.set("topk_method", .string(groups > 1 ? "group_limited_greedy" : "greedy"))
    if try settings.metadata.bool(settings.key("expert_weights_norm")) == true {
      settings.copy("norm_topk_prob", from: "expert_weights_norm")
    }
  })
