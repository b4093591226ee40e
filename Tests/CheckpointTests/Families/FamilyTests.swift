import Checkpoint
import Foundation
import Model
import TestSupport
import Testing

@Suite struct FamilyTests {
  private func describe(_ name: String) throws -> ModelSpec {
    try Checkpoint.describe(folder: TestFolders.fixtures.appending(path: name).path)
  }

  /// Parameter counts as published, or as transformers counts the models built from these configs.
  @Test(arguments: [
    ("mixtral-8x7b", 46_702_792_704), ("deepseek-moe-16b", 16_375_728_128),
    ("olmoe-1b-7b", 6_919_161_856),
  ])
  func `a config alone gives the parameter count`(model: String, parameters: Int) throws {
    let spec = try describe("configs/\(model)")
    #expect(spec.tensors.reduce(0) { $0 + $1.elements } == parameters)
    #expect(spec.encoding == .elements(.bfloat16))
    #expect(spec.name == model)
  }

  @Test func `OLMoE norms whole projections and does not renormalise`() throws {
    let spec = try describe("olmoe")
    #expect(spec.blocks.count == 3)
    #expect(spec.blocks[0].attention.queryKeyNorm == .wholeProjection)
    #expect(spec.blocks[0].attention.clip == nil)
    #expect(spec.blocks[0].moe?.router.kind == .softmaxThenTopK(renormalized: false))
    #expect(spec.normEpsilon == 1e-5)
    #expect(spec.ropeTheta == 10_000)
  }

  @Test func `OLMoE's clip is read`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    try copy.edit("config.json", ["clip_qkv": 8])
    #expect(try copy.open().spec.blocks[2].attention.clip == 8)
  }

  @Test func `Mixtral renormalises, shares key heads, and may slide`() throws {
    let copy = try CheckpointCopy(of: "mixtral")
    try copy.edit("config.json", ["sliding_window": 16])
    let spec = try copy.open().spec
    #expect(spec.blocks[0].moe?.router.kind == .softmaxThenTopK(renormalized: true))
    #expect(spec.blocks[0].attention.keyValueHeads == 2)
    #expect(spec.blocks[0].attention.headDimension == 16)
    #expect(spec.blocks[0].attention.slidingWindow == 16)
    #expect(try describe("mixtral").blocks[0].attention.slidingWindow == nil)
  }

  @Test func `DeepSeek starts dense and shares experts`() throws {
    let spec = try describe("deepseek")
    #expect(spec.moeBlocks == [1, 2])
    #expect(spec.blocks[0].feedForward == .dense(width: 96))
    #expect(spec.blocks[1].moe?.shared == SharedExpertSpec(count: 2, width: 64))
    let names = spec.tensors.map(\.name)
    #expect(names.contains("model.layers.0.mlp.gate_proj.weight"))
    #expect(names.contains("model.layers.1.mlp.shared_experts.down_proj.weight"))
  }

  @Test func `DeepSeek's layer frequency makes every other block dense`() throws {
    let copy = try CheckpointCopy(of: "deepseek")
    try copy.edit("config.json", ["moe_layer_freq": 2, "num_hidden_layers": 6])
    try copy.remove("model.safetensors")
    let spec = try Checkpoint.describe(folder: copy.path)
    #expect(spec.moeBlocks == [2, 4])
  }

  @Test func `DeepSeek without shared experts has none`() throws {
    let copy = try CheckpointCopy(of: "deepseek")
    try copy.edit("config.json", ["n_shared_experts": Any?.none])
    let spec = try copy.open()
    #expect(spec.spec.blocks[1].moe?.shared == nil)
    #expect(spec.extraTensors.count == 6)
  }

  @Test func `a tied head is not looked for`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    try copy.edit("config.json", ["tie_word_embeddings": true])
    try copy.rewriteWeights { $0.removeAll { $0.name == "lm_head.weight" } }
    let spec = try copy.open().spec
    #expect(spec.tiedHead)
    #expect(!spec.roles.contains(.head))
  }
}

/// Structures that the fixtures' own configs do not show.
@Suite struct FamilySettingTests {
  /// The structure that a fixture's config gives with changed keys, without weights.
  private func describe(_ family: String, _ keys: [String: Any?]) throws -> ModelSpec {
    let copy = try CheckpointCopy(of: family)
    try copy.edit("config.json", keys)
    for name in try FileManager.default.contentsOfDirectory(atPath: copy.path)
    where name.hasPrefix("model") {
      try copy.remove(name)
    }
    return try Checkpoint.describe(folder: copy.path)
  }

  @Test(arguments: ["qwen2_moe", "qwen3_moe"])
  func `Qwen's blocks are MoE by step, but for those listed`(family: String) throws {
    let spec = try describe(
      family, ["num_hidden_layers": 8, "decoder_sparse_step": 2, "mlp_only_layers": [3]])
    #expect(spec.moeBlocks == [1, 5, 7])
    #expect(spec.blocks[0].feedForward == .dense(width: 96))
    #expect(spec.tensors.contains { $0.name == "model.layers.3.mlp.up_proj.weight" })
  }

  @Test func `the hub calls Qwen3's experts num_experts`() throws {
    let keys: [String: Any?] = ["num_experts": 6, "num_local_experts": Any?.none]
    #expect(try describe("qwen3_moe", keys).blocks[0].expertCount == 6)
  }

  @Test func `GLM's heads may be normed`() throws {
    let spec = try describe("glm4_moe", ["use_qk_norm": true])
    #expect(spec.blocks[0].attention.queryKeyNorm == .perHead)
    #expect(spec.tensor(.queryNorm(block: 2)).shape == [16])
    #expect(spec.blocks[0].attention.rotaryWidth == 8)
  }

  @Test(arguments: [("qwen3_moe", 4), ("granitemoe", 4), ("phimoe", 4), ("glm4_moe", 3)])
  func `attention is biased where the config says so`(family: String, biases: Int) throws {
    func count(_ bias: Bool) throws -> Int {
      try describe(family, ["attention_bias": bias]).blocks[0].attention.biased.count
    }
    #expect(try count(false) == 0)
    #expect(try count(true) == biases)
  }

  @Test func `gpt-oss slides in every other block where the config is silent`() throws {
    let spec = try describe("gpt_oss", ["layer_types": Any?.none, "num_hidden_layers": 4])
    #expect(spec.blocks.map(\.attention.slidingWindow) == [8, nil, 8, nil])
  }

  @Test func `V3 may project queries directly, and V2 by latent ones`() throws {
    let plain = try describe("deepseek_v3", ["q_lora_rank": Any?.none])
    #expect(plain.tensor(.linear(.attention(block: 0, .query))).shape == [96, 64])
    let latent = try describe("deepseek_v2", ["q_lora_rank": 20])
    #expect(latent.tensor(.linear(.attention(block: 0, .queryUp))).shape == [96, 20])
    #expect(latent.tensor(.latentQueryNorm(block: 0)).shape == [20])
  }

  @Test func `YaRN makes V2's scores larger by its magnitude`() throws {
    let rope: [String: Any] = [
      "type": "yarn", "factor": 40, "mscale": 0.707, "mscale_all_dim": 0.707,
      "original_max_position_embeddings": 4096,
    ]
    let spec = try describe(
      "deepseek_v2",
      ["rope_parameters": Any?.none, "rope_theta": 10000, "rope_scaling": rope])
    let growth: Float = 0.1 * 0.707 * Float(log(40.0)) + 1
    let scale = try #require(spec.blocks[0].attention.scoreScale)
    #expect(abs(scale - growth * growth / Float(24).squareRoot()) < 1e-6)
    guard case .yarn(let scaling) = spec.ropeScaling else {
      Issue.record("\(spec.ropeScaling)")
      return
    }
    #expect(scaling.magnitude == 1)
  }

  @Test(arguments: ["granitemoe", "gpt_oss", "phimoe", "qwen2_moe", "deepseek_v3"])
  func `a tied head leaves its tensor out in every family`(family: String) throws {
    let spec = try describe(family, ["tie_word_embeddings": true])
    #expect(spec.tiedHead && !spec.roles.contains(.head))
  }
}
