import Model

/// Translates the metadata of a GGUF file into the settings of a `config.json`, so that a family's
/// declaration reads both.
struct GGUFSettings {
  /// The files.
  let parts: GGUFParts
  /// The value of `general.architecture`, which starts the keys of all settings.
  let architecture: String
  /// The settings so far.
  private var settings: [String: JSONValue] = [:]
  /// The keys that settings come from.
  private var origins: [String: String] = [:]

  /// Starts with what all families have in common.
  init(_ parts: GGUFParts, architecture: String) throws(CheckpointError) {
    (self.parts, self.architecture) = (parts, architecture)
    try copyCommon()
    try copyRope()
  }

  /// The metadata.
  var metadata: GGUFMetadata { parts.metadata }

  /// The settings as a config.
  var config: ConfigFile {
    let members = settings.sorted { $0.key < $1.key }.map { JSONValue.Member(key: $0, value: $1) }
    return ConfigFile(path: metadata.path, settings: members, origins: origins)
  }

  /// The whole key of one of the architecture's.
  func key(_ name: String) -> String { "\(architecture).\(name)" }

  /// Whether the first block has a tensor.
  func has(_ name: String) -> Bool { firstBlock(with: name) != nil }

  /// Whether the files have a tensor.
  func hasTensor(_ name: String) -> Bool { parts.find(name) != nil }

  /// The blocks that have a tensor of their own start from the first; dense ones may come before.
  private func firstBlock(with name: String) -> GGUFTensor? {
    for block in 0..<max(blockCount, 0) {
      if let found = parts.find("blk.\(block).\(name)") { return found.tensor }
    }
    return nil
  }

  /// Blocks of the model itself, without those that predict further tokens; 0 where the file does
  /// not say.
  var blockCount: Int {
    guard case .integer(let count)? = metadata[key("block_count")] else { return 0 }
    guard case .integer(let extra)? = metadata[key("nextn_predict_layers")] else {
      return min(count, StructureLimit.blocks.upperBound)
    }
    return min(count - min(max(extra, 0), count), StructureLimit.blocks.upperBound)
  }
}

// MARK: - Setting

extension GGUFSettings {
  /// Sets what follows from the architecture, or from which tensors there are.
  mutating func set(_ setting: String, _ value: JSONValue) { settings[setting] = value }

  /// Takes a setting over from one of the architecture's keys; `standard` where it is missing.
  mutating func copy(_ setting: String, from name: String, standard: JSONValue? = nil) {
    origins[setting] = key(name)
    settings[setting] = value(name) ?? standard
  }

  /// As `copy`, but 0 stands for "none".
  mutating func copyUnlessZero(_ setting: String, from name: String) {
    copy(setting, from: name)
    if settings[setting] == .integer(0) || settings[setting] == .number(0) {
      settings[setting] = nil
    }
  }

  /// Adds to how the rotary embedding is stretched, if it is.
  mutating func setInRopeScaling(_ setting: String, _ value: JSONValue) {
    guard case .object(let members)? = settings["rope_scaling"] else { return }
    settings["rope_scaling"] = .object(members + [JSONValue.Member(key: setting, value: value)])
  }

  /// Names the key that a setting comes from, for messages.
  mutating func setOrigin(of setting: String, _ name: String) { origins[setting] = key(name) }

  /// Refuses a number other than 0.
  func refuse(_ name: String, supported: String) throws(CheckpointError) {
    guard let count = try metadata.count(key(name)), count > 0 else { return }
    throw metadata.error(key(name), .unsupported(value: "\(count)", supported: supported))
  }

  /// The value of one of the architecture's keys; of a list with a value for each block, that of all
  /// blocks where they are the same.
  private func value(_ name: String) -> JSONValue? {
    switch metadata[key(name)] {
    case .integer(let number): return .integer(number)
    case .number(let number): return .number(number)
    case .bool(let bool): return .bool(bool)
    case .text(let range): return .string(metadata.mapped.text(in: range))
    case .list:
      guard let numbers = try? metadata.integers(key(name)) else { return .array([]) }
      let used = numbers.prefix(blockCount)
      guard let first = used.first, used.allSatisfy({ $0 == first }) else {
        return .array(numbers.map(JSONValue.integer))
      }
      return .integer(first)
    case nil: return nil
    }
  }
}

// MARK: - What families have in common

extension GGUFSettings {
  private mutating func copyCommon() throws(CheckpointError) {
    set("hidden_act", .string("silu"))
    setOrigin(of: "num_hidden_layers", "block_count")
    if blockCount > 0 { set("num_hidden_layers", .integer(blockCount)) }
    copy("hidden_size", from: "embedding_length")
    copy("max_position_embeddings", from: "context_length")
    copy("rms_norm_eps", from: "attention.layer_norm_rms_epsilon")
    copy("num_attention_heads", from: "attention.head_count")
    copy(
      "num_key_value_heads", from: "attention.head_count_kv",
      standard: value("attention.head_count"))
    copy("head_dim", from: "attention.key_length")
    copy("intermediate_size", from: "feed_forward_length")
    // Families spell the number of experts differently.
    for setting in ["num_local_experts", "num_experts", "n_routed_experts"] {
      copy(setting, from: "expert_count")
    }
    copy("num_experts_per_tok", from: "expert_used_count")
    copy("vocab_size", from: "vocab_size")
    if let embedding = parts.find(TensorNames.gguf.embedding)?.tensor.shape.first {
      set("vocab_size", .integer(embedding))
    }
    set("tie_word_embeddings", .bool(!hasTensor(TensorNames.gguf.head)))
  }

  /// Width of an expert; old files leave it to the tensors.
  mutating func copyExpertWidth() {
    let tensor = firstBlock(with: "ffn_gate_exps.weight")
    copy(
      "moe_intermediate_size", from: "expert_feed_forward_length",
      standard: tensor?.shape.dropLast().last.map(JSONValue.integer))
  }

  /// Width of the shared experts; old files leave it to the tensors.
  mutating func copySharedWidth() {
    let tensor = firstBlock(with: "ffn_gate_shexp.weight")
    copy(
      "shared_expert_intermediate_size", from: "expert_shared_feed_forward_length",
      standard: tensor?.shape.first.map(JSONValue.integer))
  }

  /// The blocks that have no router, as a list.
  var blocksWithoutExperts: JSONValue {
    let dense = (0..<blockCount).filter { !hasTensor("blk.\($0).ffn_gate_inp.weight") }
    return .array(dense.map(JSONValue.integer))
  }

  /// Experts, shared experts and the dense blocks before them, of DeepSeek's and GLM's kind.
  mutating func copySharedAndDense() {
    copyExpertWidth()
    copy("n_shared_experts", from: "expert_shared_count", standard: .integer(0))
    copy("first_k_dense_replace", from: "leading_dense_block_count", standard: .integer(0))
  }

  /// What experts' weights are multiplied with; 0 stands for "nothing".
  mutating func copyRouterScale() {
    copyUnlessZero("routed_scaling_factor", from: "expert_weights_scale")
    if settings["routed_scaling_factor"] == nil { set("routed_scaling_factor", .number(1)) }
  }

  /// Groups of experts; files without them have one.
  mutating func copyGroups() {
    copyUnlessZero("n_group", from: "expert_group_count")
    copyUnlessZero("topk_group", from: "expert_group_used_count")
    for setting in ["n_group", "topk_group"] where settings[setting] == nil {
      set(setting, .integer(1))
    }
  }

  /// Whether the router takes sigmoids: it says so, or it has a correction.
  var hasSigmoidRouter: Bool {
    switch metadata[key("expert_gating_func")] {
    case .integer(2): true
    case .integer(0), nil: has("exp_probs_b.bias")
    default: false
    }
  }
}

// MARK: - Attention

extension GGUFSettings {
  /// Latent attention: the widths of a head are those before keys and values are projected down.
  mutating func copyLatentAttention() throws(CheckpointError) {
    copyUnlessZero("q_lora_rank", from: "attention.q_lora_rank")
    copy("kv_lora_rank", from: "attention.kv_lora_rank")
    copy("qk_rope_head_dim", from: "rope.dimension_count")
    let isApart = metadata[key("attention.key_length_mla")] != nil
    copy("v_head_dim", from: isApart ? "attention.value_length_mla" : "attention.value_length")
    let width = isApart ? "attention.key_length_mla" : "attention.key_length"
    setOrigin(of: "qk_nope_head_dim", width)
    let rotated = try metadata.count(key("rope.dimension_count")) ?? 0
    if let whole = try metadata.count(key(width)) {
      set("qk_nope_head_dim", .integer(whole - min(rotated, whole)))
    }
    rewriteLatentMagnitude()
  }

  /// The share of a head that rotates.
  mutating func copyRotaryShare(_ setting: String) throws(CheckpointError) {
    setOrigin(of: setting, "rope.dimension_count")
    guard let rotated = try metadata.count(key("rope.dimension_count")),
      case .integer(let width)? = settings["head_dim"], width > 0
    else { return }
    set(setting, .number(Double(rotated) / Double(width)))
  }

  /// Which blocks see only a window: a truth value for each, or every how many one does not.
  mutating func copyLayerTypes() throws(CheckpointError) {
    let name = key("attention.sliding_window_pattern")
    let slides: [Bool]
    switch metadata[name] {
    case nil: return
    case .integer(let period):
      slides = (0..<blockCount).map { period > 0 && $0 % period < period - 1 }
    default: slides = try metadata.bools(name) ?? []
    }
    setOrigin(of: "layer_types", "attention.sliding_window_pattern")
    let kinds = slides.prefix(blockCount).map { slides in
      JSONValue.string(slides ? "sliding_attention" : "full_attention")
    }
    set("layer_types", .array(kinds))
  }
}
