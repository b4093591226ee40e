import Model

extension Family {
  /// gpt-oss (`GptOssForCausalLM`): biases everywhere, sinks in every head's softmax, windows in every
  /// other block, all experts of a block in stacked tensors, a clamped activation.
  static let gptOSS = Family(modelType: "gpt_oss", names: gptOSSNames, gguf: gptOSSGGUF) {
    (config: ConfigFile) throws(CheckpointError) -> [BlockSpec] in
    try config.require("hidden_act", "silu")
    var attention = try config.attention()
    if try config.bool("attention_bias", standard: true) {
      attention.biased = AttentionLinear.grouped
    }
    attention.hasSinks = true
    let experts = try config.integer("num_local_experts", in: StructureLimit.experts)
    let picked = try config.integer("num_experts_per_tok", in: 1...experts)
    var moe = MoESpec(
      experts: experts, expertWidth: try config.width("intermediate_size"),
      router: RouterSpec(kind: .topKThenSoftmax, expertsPerToken: picked))
    moe.router.hasBias = true
    moe.storage = .stackedTransposed
    moe.hasExpertBiases = true
    moe.activation = .clampedSwiGLU(
      slope: try config.optionalPositiveNumber("swiglu_alpha") ?? 1.702,
      limit: try config.optionalPositiveNumber("swiglu_limit") ?? 7)
    let blocks = try config.integer("num_hidden_layers", in: StructureLimit.blocks)
    let slides = try config.slidingLayers(count: blocks) { $0 % 2 == 0 }
    let window = try config.optionalInteger("sliding_window", in: StructureLimit.context)
    return slides.map { slides in
      var attention = attention
      attention.slidingWindow = slides ? window : nil
      return BlockSpec(attention: attention, feedForward: .moe(moe))
    }
  }
}

private let gptOSSNames = {
  var names = TensorNames()
  names.router = "mlp.router.weight"
  names.stacked = [
    .gateUp: "mlp.experts.gate_up_proj", .gateUpBias: "mlp.experts.gate_up_proj_bias",
    .down: "mlp.experts.down_proj", .downBias: "mlp.experts.down_proj_bias",
  ]
  return names
}()

private let gptOSSGGUF = GGUFDialect(
  "gpt-oss", names: { $0.feedForwardNorm = "post_attention_norm.weight" },
  settings: { settings throws(CheckpointError) in
    settings.copy("intermediate_size", from: "expert_feed_forward_length")
    settings.set("attention_bias", .bool(settings.has("attn_q.bias")))
    settings.copyUnlessZero("sliding_window", from: "attention.sliding_window")
    try settings.copyLayerTypes()
    // The model was trained with a ramp between fractions; files do not say so.
    settings.setInRopeScaling("truncate", .bool(false))
  })
