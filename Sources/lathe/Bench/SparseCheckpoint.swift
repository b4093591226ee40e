import FoundationEssentials
import Glibc
import Model

/// A checkpoint with real headers and no data on disk: 100 GB in a few megabytes.
enum SparseCheckpoint {
  /// Writes an OLMoE-layout checkpoint of 52 blocks × 64 experts, 105 GB in 20 shards.
  ///
  /// - Returns: its tensors and their bytes.
  static func write(to folder: URL) throws -> (tensors: Int, bytes: Int) {
    let config = """
      {"architectures":["OlmoeForCausalLM"],"attention_bias":false,"clip_qkv":null,\
      "hidden_act":"silu","hidden_size":4096,"intermediate_size":1280,\
      "max_position_embeddings":4096,"model_type":"olmoe","norm_topk_prob":false,\
      "num_attention_heads":32,"num_experts":64,"num_experts_per_tok":8,"num_hidden_layers":52,\
      "num_key_value_heads":8,"rms_norm_eps":1e-05,"rope_scaling":null,"rope_theta":10000.0,\
      "tie_word_embeddings":false,"torch_dtype":"bfloat16","vocab_size":50304}
      """
    try Data(config.utf8).write(to: folder.appending(path: "config.json"))
    let tensors = spec.tensors
    let shards = 20
    var index: [String: String] = [:]
    for shard in 0..<shards {
      let name = "model-\(shard + 1)-of-\(shards).safetensors"
      let own = tensors.enumerated().filter { $0.offset % shards == shard }.map(\.element)
      for tensor in own { index[tensor.name] = name }
      try writeShard(own, to: folder.appending(path: name))
    }
    let file = try JSONEncoder().encode(["weight_map": index])
    try file.write(to: folder.appending(path: "model.safetensors.index.json"))
    return (tensors.count, tensors.reduce(0) { $0 + $1.bytes })
  }

  private static func writeShard(_ tensors: [TensorSpec], to file: URL) throws {
    let header = header(of: tensors)
    let bytes = tensors.reduce(0) { $0 + $1.bytes }
    try header.write(to: file)
    // The path's bytes live until the call returns.
    guard unsafe truncate(file.path, off_t(header.count + bytes)) == 0 else {
      throw CommandFailure(.work, "bench", "\(file.path): the file system has no sparse files")
    }
  }

  /// What stands before the data in a safetensors file: the header's length and the header.
  static func header(of tensors: [TensorSpec]) -> Data {
    var members: [String] = []
    var offset = 0
    for tensor in tensors {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        "\"\(tensor.name)\":{\"dtype\":\"\(StoredType.bfloat16.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(offset + tensor.bytes)]}")
      offset += tensor.bytes
    }
    let header = Data("{\(members.joined(separator: ","))}".utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    return Data(length) + header
  }

  private static var spec: ModelSpec {
    let attention = AttentionSpec(
      heads: 32, keyValueHeads: 8, headDimension: 128, queryKeyNorm: .wholeProjection)
    let moe = MoESpec(
      experts: 64, expertWidth: 1280,
      router: RouterSpec(kind: .softmaxThenTopK(renormalized: false), expertsPerToken: 8))
    return ModelSpec(
      name: "sparse", family: "olmoe", fingerprint: Fingerprint(), vocabulary: 50304, hidden: 4096,
      context: 4096, normEpsilon: 1e-5, ropeTheta: 10_000, tiedHead: false,
      blocks: Array(
        repeating: BlockSpec(attention: attention, feedForward: .moe(moe)), count: 52),
      names: TensorNames(), encoding: .elements(.bfloat16))
  }
}
