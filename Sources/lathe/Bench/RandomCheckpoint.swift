import Engine
import FoundationEssentials
import Model
import Numerics

/// A checkpoint of OLMoE-1B-7B's shape with random weights: 13.8 GB that behave like the real thing
/// to memory, disk and cores.
enum RandomCheckpoint {
  /// Writes config, tokenizer and weights, one shard a block.
  ///
  /// - Returns: bytes of the weights.
  static func write(to folder: URL) throws -> Int {
    try Data(config.utf8).write(to: folder.appending(path: "config.json"))
    guard let demo = ShareFolder.demoModel else {
      throw CommandFailure(.request, "bench", "demo: the bundled model is not installed")
    }
    try FileManager.default.copyItem(
      at: demo.appending(path: "checkpoint/tokenizer.json"),
      to: folder.appending(path: "tokenizer.json"))
    let noise = randomWeights()
    var index: [String: String] = [:]
    let groups = Dictionary(grouping: spec.tensors) { $0.role.block ?? spec.blocks.count }
    for (group, tensors) in groups.sorted(by: { $0.key < $1.key }) {
      let name = "model-\(group).safetensors"
      for tensor in tensors { index[tensor.name] = name }
      try writeShard(tensors, noise, to: folder.appending(path: name))
    }
    try JSONEncoder().encode(["weight_map": index])
      .write(to: folder.appending(path: "model.safetensors.index.json"))
    return spec.tensors.reduce(0) { $0 + $1.bytes }
  }

  /// Numbers of either sign between 0.008 and 0.03, as bf16.
  private static func randomWeights() -> Data {
    var random = SeededGenerator(seed: 0)
    var noise = Data(capacity: 64 << 20)
    for _ in 0..<(8 << 20) {
      let bits = random.next() & 0x80FF_80FF_80FF_80FF | 0x3C00_3C00_3C00_3C00
      for shift in stride(from: 0, to: 64, by: 8) {
        noise.append(UInt8(truncatingIfNeeded: bits >> shift))
      }
    }
    return noise
  }

  private static func writeShard(_ tensors: [TensorSpec], _ noise: Data, to file: URL) throws {
    let header = SparseCheckpoint.header(of: tensors)
    let bytes = tensors.reduce(0) { $0 + $1.bytes }
    var contents = header
    contents.reserveCapacity(header.count + bytes)
    for (index, tensor) in tensors.enumerated() {
      var left = tensor.bytes
      // Another start for every tensor, so that no two experts are alike.
      var start = (index * 4_099 * 2) % (noise.count / 2)
      while left > 0 {
        let count = min(left, noise.count - start)
        contents.append(noise[start..<start + count])
        (left, start) = (left - count, 0)
      }
    }
    try contents.write(to: file)
  }

  static let config = """
    {"architectures":["OlmoeForCausalLM"],"attention_bias":false,"clip_qkv":null,\
    "hidden_act":"silu","hidden_size":2048,"intermediate_size":1024,\
    "max_position_embeddings":4096,"model_type":"olmoe","norm_topk_prob":false,\
    "num_attention_heads":16,"num_experts":64,"num_experts_per_tok":8,"num_hidden_layers":16,\
    "num_key_value_heads":16,"rms_norm_eps":1e-05,"rope_scaling":null,"rope_theta":10000.0,\
    "tie_word_embeddings":false,"torch_dtype":"bfloat16","vocab_size":50304}
    """

  private static let spec = ModelSpec(
    name: "random", family: "olmoe", fingerprint: Fingerprint(), vocabulary: 50304, hidden: 2048,
    context: 4096, normEpsilon: 1e-5, ropeTheta: 10_000, tiedHead: false,
    blocks: Array(
      repeating: BlockSpec(
        attention: AttentionSpec(
          heads: 16, keyValueHeads: 16, headDimension: 128, queryKeyNorm: .wholeProjection),
        feedForward: .moe(
          MoESpec(
            experts: 64, expertWidth: 1024,
            router: RouterSpec(
              kind: .softmaxThenTopK(renormalized: false), expertsPerToken: 8)))),
      count: 16),
    names: TensorNames(), encoding: .elements(.bfloat16))
}
