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
    #expect(spec.storedType == .bfloat16)
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
