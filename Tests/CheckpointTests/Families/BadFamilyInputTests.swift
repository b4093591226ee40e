import Checkpoint
import Foundation
import Model
import TestSupport
import Testing

/// What every family refuses, in one sentence that names the tensor or the key.
@Suite struct BadFamilyInputTests {
  static let families = Family.all.map(\.modelType)

  /// One tensor of each kind: outside the blocks, in the last block, of its last expert.
  private func samples(_ spec: ModelSpec) -> [TensorSpec] {
    let last = spec.blocks.count - 1
    let experts = spec.blocks[last].expertCount
    return spec.tensors.filter { tensor in
      switch tensor.role {
      case .linear(.expert(let id, _)), .bias(.expert(let id, _)):
        id == ExpertID(block: last, expert: experts - 1)
      default: tensor.role.block == nil || tensor.role.block == last
      }
    }
  }

  @Test(arguments: families)
  func `any missing tensor is named`(_ family: String) throws {
    let copy = try CheckpointCopy(of: family)
    try copy.mergeShards()
    let spec = try copy.open().spec
    let tensors = try copy.tensors()
    for sample in samples(spec) {
      try copy.write(tensors.filter { $0.name != sample.name })
      let problem = failure { () throws(CheckpointError) in try copy.open() }
      #expect(
        problem
          == .tensor(file: copy.path("model.safetensors"), tensor: sample.name, .missing))
    }
  }

  @Test(arguments: families)
  func `any tensor of the wrong shape is named with both shapes`(_ family: String) throws {
    let copy = try CheckpointCopy(of: family)
    try copy.mergeShards()
    let spec = try copy.open().spec
    let tensors = try copy.tensors()
    for sample in samples(spec) {
      let wrong = [1] + sample.shape
      try copy.write(
        tensors.map { tensor in
          var tensor = tensor
          if tensor.name == sample.name { tensor.shape = wrong }
          return tensor
        })
      let problem = failure { () throws(CheckpointError) in try copy.open() }
      #expect(
        problem
          == .tensor(
            file: copy.path("model.safetensors"), tensor: sample.name,
            .shape(found: wrong, expected: sample.shape)))
      #expect(problem?.description.contains("\"\(sample.name)\"") == true)
    }
  }

  private func problem(_ family: String, _ keys: [String: Any?]) throws -> CheckpointError? {
    let copy = try CheckpointCopy(of: family)
    try copy.edit("config.json", keys)
    return failure { () throws(CheckpointError) in try copy.open() }
  }

  @Test(arguments: families, ["rope_scaling", "rope_parameters"])
  func `an unknown rope type is named`(_ family: String, key: String) throws {
    let other = key == "rope_scaling" ? "rope_parameters" : "rope_scaling"
    let problem = try problem(
      family,
      [
        other: Any?.none, "rope_theta": 10000.0,
        key: ["rope_type": "spiral", "rope_theta": 10000.0] as [String: Any],
      ])
    guard case .config(_, key, .unsupported("\"spiral\"", _)) = problem else {
      Issue.record("\(String(describing: problem))")
      return
    }
    #expect(problem?.description.contains("key \"\(key)\" is \"spiral\"") == true)
  }

  @Test(arguments: families)
  func `an unknown activation is named`(_ family: String) throws {
    guard
      case .config(_, "hidden_act", .unsupported("\"gelu\"", _)) =
        try problem(family, ["hidden_act": "gelu"])
    else {
      Issue.record("\(family) takes gelu")
      return
    }
  }

  @Test(arguments: [
    ("qwen3_moe", "num_local_experts"), ("qwen3_moe", "moe_intermediate_size"),
    ("qwen3_moe", "norm_topk_prob"), ("qwen2_moe", "num_experts"),
    ("qwen2_moe", "shared_expert_intermediate_size"), ("qwen2_moe", "moe_intermediate_size"),
    ("deepseek_v2", "kv_lora_rank"), ("deepseek_v2", "qk_rope_head_dim"),
    ("deepseek_v2", "qk_nope_head_dim"), ("deepseek_v2", "v_head_dim"),
    ("deepseek_v2", "topk_method"), ("deepseek_v2", "routed_scaling_factor"),
    ("deepseek_v3", "n_group"), ("deepseek_v3", "topk_group"),
    ("deepseek_v3", "first_k_dense_replace"), ("deepseek_v3", "norm_topk_prob"),
    ("glm4_moe", "n_routed_experts"), ("glm4_moe", "routed_scaling_factor"),
    ("granitemoe", "embedding_multiplier"), ("granitemoe", "attention_multiplier"),
    ("granitemoe", "residual_multiplier"), ("granitemoe", "logits_scaling"),
    ("gpt_oss", "num_local_experts"), ("gpt_oss", "num_experts_per_tok"),
    ("gpt_oss", "rope_parameters"), ("phimoe", "router_jitter_noise"), ("phimoe", "rope_theta"),
  ])
  func `a missing key is named`(family: String, key: String) throws {
    let expected = key == "rope_parameters" ? "rope_theta" : key
    let missing =
      key == "num_local_experts" && family == "qwen3_moe" ? "num_local_experts" : expected
    guard case .config(_, missing, .missing) = try problem(family, [key: Any?.none]) else {
      Issue.record("\(family) does without \(key)")
      return
    }
  }

  @Test func `values that a family does not compute are named`() throws {
    let cases: [(family: String, key: String, value: Any)] = [
      ("deepseek_v2", "topk_method", "noaux_tc"), ("deepseek_v2", "scoring_func", "sigmoid"),
      ("deepseek_v2", "attention_bias", true), ("deepseek_v2", "norm_topk_prob", true),
      ("deepseek_v3", "scoring_func", "softmax"), ("deepseek_v3", "topk_method", "greedy"),
      ("glm4_moe", "scoring_func", "softmax"), ("phimoe", "num_experts_per_tok", 3),
      ("gpt_oss", "layer_types", ["full_attention", "chunked_attention", "full_attention"]),
    ]
    for (family, key, value) in cases {
      guard case .config(_, key, .unsupported) = try problem(family, [key: value]) else {
        Issue.record("\(family) takes \(key) = \(value)")
        continue
      }
    }
  }

  @Test func `values that do not fit each other are named`() throws {
    let cases: [(family: String, key: String, value: Any)] = [
      ("deepseek_v3", "n_group", 3), ("deepseek_v3", "topk_group", 5),
      ("deepseek_v3", "num_experts_per_tok", 9), ("deepseek_v3", "qk_rope_head_dim", 7),
      ("glm4_moe", "head_dim", 15), ("glm4_moe", "num_key_value_heads", 3),
      ("qwen2_moe", "decoder_sparse_step", 0),
    ]
    for (family, key, value) in cases {
      guard case .config(_, key, .outOfRange) = try problem(family, [key: value]) else {
        Issue.record("\(family) takes \(key) = \(value)")
        continue
      }
    }
    guard
      case .config(_, "layer_types", .wrongType) =
        try problem("gpt_oss", ["layer_types": ["full_attention"]])
    else {
      Issue.record("a list of layer types may be too short")
      return
    }
  }

  @Test(arguments: ["factor", "low_freq_factor", "high_freq_factor"])
  func `a rope scaling without its parameter names it`(parameter: String) throws {
    var rope: [String: Any] = [
      "rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4,
      "original_max_position_embeddings": 32,
    ]
    rope[parameter] = nil
    #expect(
      try problem("mixtral", ["rope_scaling": rope]).map { "\($0)" }?
        .contains("\"rope_scaling.\(parameter)\" is missing") == true)
  }

  @Test func `LongRoPE's factors must be as many as the pairs that rotate`() throws {
    let rope: [String: Any] = [
      "rope_type": "longrope", "short_factor": [1, 1, 1], "long_factor": [1, 1, 1],
    ]
    guard
      case .config(_, "rope_scaling.short_factor", .wrongType) =
        try problem("phimoe", ["rope_scaling": rope])
    else {
      Issue.record("3 factors for 8 pairs are taken")
      return
    }
  }

  @Test(arguments: families)
  func `both spellings of the config give the same structure`(_ family: String) throws {
    let copy = try CheckpointCopy(of: family)
    let expected = try copy.open().spec
    let config = try jsonObject(at: copy.folder.url.appending(path: "config.json"))
    var keys: [String: Any?] = ["rope_parameters": Any?.none, "rope_scaling": Any?.none]
    if var rope = config["rope_parameters"] as? [String: Any] {
      keys["rope_theta"] = rope.removeValue(forKey: "rope_theta")
      if let share = rope.removeValue(forKey: "partial_rotary_factor") {
        keys["partial_rotary_factor"] = share
      }
      if let kind = rope.removeValue(forKey: "rope_type") as? String, kind != "default" {
        keys["rope_scaling"] = rope.merging(["type": kind]) { $1 }
      }
      keys["torch_dtype"] = config["dtype"]
      keys["dtype"] = Any?.none
    } else {
      keys["rope_parameters"] =
        ["rope_type": "default", "rope_theta": config["rope_theta"] ?? 0] as [String: Any]
      keys["rope_theta"] = Any?.none
      keys["dtype"] = config["torch_dtype"]
      keys["torch_dtype"] = Any?.none
    }
    try copy.edit("config.json", keys)
    var found = try copy.open().spec
    found.fingerprint = expected.fingerprint
    #expect(found == expected)
  }
}
