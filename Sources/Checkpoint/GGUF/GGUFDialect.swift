import Model

/// How llama.cpp's GGUF files of a family say what its `config.json` says, and what they call its
/// tensors: declared with the family.
struct GGUFDialect: Sendable {
  /// The value of `general.architecture`.
  let architecture: String
  /// How the files name tensors.
  let names: TensorNames
  /// Which elements of a head rotate together; files of some families have the rows of queries and
  /// keys in another order than checkpoints.
  let pairing: RotaryPairing
  /// Whether a file is of this family, where several families share the architecture's name.
  let isFamily: @Sendable (GGUFSettings) -> Bool
  /// Translates the settings that not all families share.
  let translate: @Sendable (inout GGUFSettings) throws(CheckpointError) -> Void

  init(
    _ architecture: String, pairing: RotaryPairing = .halves,
    names change: (inout TensorNames) -> Void = { _ in },
    isFamily: @escaping @Sendable (GGUFSettings) -> Bool = { _ in true },
    settings: @escaping @Sendable (inout GGUFSettings) throws(CheckpointError) -> Void
  ) {
    self.architecture = architecture
    self.pairing = pairing
    self.isFamily = isFamily
    translate = settings
    var names = TensorNames.gguf
    change(&names)
    self.names = names
  }
}

extension TensorNames {
  /// What llama.cpp calls tensors.
  static let gguf = {
    var names = TensorNames()
    names.embedding = "token_embd.weight"
    names.finalNorm = "output_norm.weight"
    names.head = "output.weight"
    names.block = "blk.{block}."
    names.attentionNorm = "attn_norm.weight"
    names.feedForwardNorm = "ffn_norm.weight"
    names.queryNorm = "attn_q_norm.weight"
    names.keyNorm = "attn_k_norm.weight"
    names.attention = [
      .query: "attn_q.weight", .key: "attn_k.weight", .value: "attn_v.weight",
      .output: "attn_output.weight", .queryDown: "attn_q_a.weight", .queryUp: "attn_q_b.weight",
      .keyValueDown: "attn_kv_a_mqa.weight", .keyValueUp: "attn_kv_b.weight",
    ]
    names.latentQueryNorm = "attn_q_a_norm.weight"
    names.latentNorm = "attn_kv_a_norm.weight"
    names.latentKeys = "attn_k_b.weight"
    names.latentValues = "attn_v_b.weight"
    names.sinks = "attn_sinks.weight"
    names.router = "ffn_gate_inp.weight"
    names.routerCorrection = "exp_probs_b.bias"
    names.sharedGate = "ffn_gate_inp_shexp.weight"
    names.stacked = [
      .gate: "ffn_gate_exps.weight", .gateBias: "ffn_gate_exps.bias",
      .up: "ffn_up_exps.weight", .upBias: "ffn_up_exps.bias",
      .gateUp: "ffn_gate_up_exps.weight", .gateUpBias: "ffn_gate_up_exps.bias",
      .down: "ffn_down_exps.weight", .downBias: "ffn_down_exps.bias",
    ]
    names.dense = "ffn_"
    names.feedForward = [.gate: "gate.weight", .up: "up.weight", .down: "down.weight"]
    names.shared = "ffn_"
    names.sharedFeedForward = [
      .gate: "gate_shexp.weight", .up: "up_shexp.weight", .down: "down_shexp.weight",
    ]
    // Files from before experts were stacked.
    names.expert = "ffn_"
    names.expertFeedForward = [
      .gate: "gate.{expert}.weight", .up: "up.{expert}.weight", .down: "down.{expert}.weight",
    ]
    return names
  }()
}
