import Model

extension Family {
  /// Mixtral (`MixtralForCausalLM`): every block has experts; the picked experts' weights always
  /// sum to 1; grouped-query attention, with a sliding window if the config sets one.
  static let mixtral = Family(modelType: "mixtral", names: mixtralNames, gguf: mixtralGGUF) {
    (config: ConfigFile) throws(CheckpointError) -> [BlockSpec] in
    try config.require("hidden_act", "silu")
    try config.refuse("attention_bias", supported: "false")
    var attention = try config.attention()
    attention.slidingWindow = try config.optionalInteger(
      "sliding_window", in: StructureLimit.context)
    let experts = try config.integer("num_local_experts", in: StructureLimit.experts)
    let moe = MoESpec(
      experts: experts, expertWidth: try config.width("intermediate_size"),
      router: try config.softmaxRouter(renormalized: true, experts: experts))
    let blocks = try config.integer("num_hidden_layers", in: StructureLimit.blocks)
    return Array(
      repeating: BlockSpec(attention: attention, feedForward: .moe(moe)), count: blocks)
  }
}

private let mixtralNames = {
  var names = TensorNames()
  names.router = "block_sparse_moe.gate.weight"
  names.expert = "block_sparse_moe.experts.{expert}."
  names.feedForward = [.gate: "w1.weight", .up: "w3.weight", .down: "w2.weight"]
  return names
}()

/// Shares its architecture's name with models that have no experts.
private let mixtralGGUF = GGUFDialect("llama", pairing: .neighbours) {
  settings throws(CheckpointError) in
  settings.copyUnlessZero("sliding_window", from: "attention.sliding_window")
}
