import Model

extension Family {
  /// GraniteMoE (`GraniteMoeForCausalLM`): all experts of a block in two tensors; constants scale the
  /// embeddings, the scores, what each half adds, and the logits.
  static let graniteMoE = Family(
    modelType: "granitemoe", names: graniteNames, gguf: graniteGGUF,
    extras: { (config, spec) throws(CheckpointError) in
      spec.multipliers.embedding = try config.positiveNumber("embedding_multiplier")
      spec.multipliers.residual = try config.positiveNumber("residual_multiplier")
      spec.multipliers.logits = 1 / (try config.positiveNumber("logits_scaling"))
    },
    blocks: { (config: ConfigFile) throws(CheckpointError) -> [BlockSpec] in
      try config.require("hidden_act", "silu")
      var attention = try config.attention()
      attention.scoreScale = try config.positiveNumber("attention_multiplier")
      if try config.bool("attention_bias", standard: false) {
        attention.biased = AttentionLinear.grouped
      }
      let experts = try config.integer("num_local_experts", in: StructureLimit.experts)
      let picked = try config.integer("num_experts_per_tok", in: 1...experts)
      var moe = MoESpec(
        experts: experts, expertWidth: try config.width("intermediate_size"),
        router: RouterSpec(kind: .topKThenSoftmax, expertsPerToken: picked))
      moe.storage = .stacked
      let blocks = try config.integer("num_hidden_layers", in: StructureLimit.blocks)
      return Array(
        repeating: BlockSpec(attention: attention, feedForward: .moe(moe)), count: blocks)
    })
}

private let graniteNames = {
  var names = TensorNames()
  names.router = "block_sparse_moe.router.layer.weight"
  names.stacked = [
    .gateUp: "block_sparse_moe.input_linear.weight",
    .down: "block_sparse_moe.output_linear.weight",
  ]
  return names
}()

private let graniteGGUF = GGUFDialect("granitemoe", pairing: .neighbours) {
  settings throws(CheckpointError) in
  settings.copy("embedding_multiplier", from: "embedding_scale")
  settings.copy("residual_multiplier", from: "residual_scale")
  settings.copy("attention_multiplier", from: "attention.scale")
  settings.copy("logits_scaling", from: "logit_scale")
  settings.set("attention_bias", .bool(settings.has("attn_q.bias")))
  try settings.refuse("expert_shared_feed_forward_length", supported: "0 (no shared experts)")
}
