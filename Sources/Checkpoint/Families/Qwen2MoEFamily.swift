import Model

extension Family {
  /// Qwen2-MoE (`Qwen2MoeForCausalLM`): biased queries, keys and values; experts in the blocks that
  /// the config's rule picks, beside a shared expert behind a gate.
  static let qwen2MoE = Family(modelType: "qwen2_moe", names: qwen2Names, gguf: qwen2GGUF) {
    (config: ConfigFile) throws(CheckpointError) -> [BlockSpec] in
    var attention = try config.attention()
    if try config.bool("qkv_bias", standard: true) { attention.biased = [.query, .key, .value] }
    let experts = try config.integer("num_experts", in: StructureLimit.experts)
    let shared = SharedExpertSpec(
      count: 1, width: try config.width("shared_expert_intermediate_size"), isGated: true)
    let moe = MoESpec(
      experts: experts, expertWidth: try config.width("moe_intermediate_size"),
      router: try config.softmaxRouter(
        renormalized: try config.bool("norm_topk_prob"), experts: experts), shared: shared)
    var blocks = try config.qwenBlocks(attention: attention, moe: moe)
    guard try config.bool("use_sliding_window", standard: false) else { return blocks }
    let window = try config.integer("sliding_window", in: StructureLimit.context)
    let first = try config.optionalInteger("max_window_layers", in: 0...Int.max) ?? 28
    let slides = try config.slidingLayers(count: blocks.count) { $0 >= first }
    for block in blocks.indices where slides[block] {
      blocks[block].attention.slidingWindow = window
    }
    return blocks
  }
}

private let qwen2Names = {
  var names = TensorNames()
  names.shared = "mlp.shared_expert."
  return names
}()

private let qwen2GGUF = GGUFDialect("qwen2moe") { settings throws(CheckpointError) in
  settings.copyExpertWidth()
  settings.copySharedWidth()
  settings.set("mlp_only_layers", settings.blocksWithoutExperts)
  settings.set("qkv_bias", .bool(settings.has("attn_q.bias")))
  settings.copy("norm_topk_prob", from: "expert_weights_norm", standard: .bool(false))
}
