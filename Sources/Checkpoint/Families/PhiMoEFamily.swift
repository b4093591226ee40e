import Model

extension Family {
  /// Phi-3.5-MoE (`PhiMoEForCausalLM`): layer norms, biased attention and head, a router that weights
  /// its two experts one after the other.
  static let phiMoE = Family(
    modelType: "phimoe", names: phiNames, gguf: phiGGUF,
    extras: { (config, spec) throws(CheckpointError) in
      spec.norm = .layer
      spec.hasHeadBias = try config.bool("lm_head_bias", standard: false)
    },
    blocks: { (config: ConfigFile) throws(CheckpointError) -> [BlockSpec] in
      try config.require("hidden_act", "silu")
      var attention = try config.attention()
      attention.slidingWindow = try config.optionalInteger(
        "sliding_window", in: StructureLimit.context)
      if try config.bool("attention_bias", standard: false) {
        attention.biased = AttentionLinear.grouped
      }
      let experts = try config.integer("num_local_experts", in: StructureLimit.experts)
      let picked = try config.integer("num_experts_per_tok", in: 1...experts)
      guard picked == 2 else {
        throw config.error(
          "num_experts_per_tok", .unsupported(value: "\(picked)", supported: "2"))
      }
      let jitter = try config.positiveNumber("router_jitter_noise")
      let moe = MoESpec(
        experts: experts, expertWidth: try config.width("intermediate_size"),
        router: RouterSpec(kind: .sparseMixer(jitter: jitter), expertsPerToken: picked))
      let blocks = try config.integer("num_hidden_layers", in: StructureLimit.blocks)
      return Array(
        repeating: BlockSpec(attention: attention, feedForward: .moe(moe)), count: blocks)
    })
}

private let phiNames = {
  var names = TensorNames()
  names.router = "block_sparse_moe.gate.weight"
  names.expert = "block_sparse_moe.experts.{expert}."
  names.feedForward = [.gate: "w1.weight", .up: "w3.weight", .down: "w2.weight"]
  return names
}()

private let phiGGUF = GGUFDialect("phimoe") { settings throws(CheckpointError) in
  settings.copyUnlessZero("sliding_window", from: "attention.sliding_window")
  settings.set("attention_bias", .bool(settings.has("attn_q.bias")))
  settings.set("lm_head_bias", .bool(settings.hasTensor("output.bias")))
  // Files do not say; all published models of this family have it.
  settings.set("router_jitter_noise", .number(0.01))
}
