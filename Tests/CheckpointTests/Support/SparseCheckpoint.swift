import Checkpoint
import Foundation
import Model

/// A checkpoint of 100 GB that takes no room: real headers, holes for data.
enum SparseCheckpoint {
  /// Writes DeepSeek-MoE's layout with wider experts: 10,002 tensors in 20 shards.
  static func write(to folder: ScratchFolder) throws {
    let (experts, width, hidden) = (120, 2448, 2048)
    let config: [String: Any] = [
      "model_type": "deepseek", "hidden_act": "silu", "scoring_func": "softmax",
      "hidden_size": hidden, "intermediate_size": 10944, "moe_intermediate_size": width,
      "n_routed_experts": experts, "n_shared_experts": 2, "num_experts_per_tok": 6,
      "norm_topk_prob": false, "first_k_dense_replace": 1, "moe_layer_freq": 1,
      "num_hidden_layers": 28, "num_attention_heads": 16, "num_key_value_heads": 16,
      "max_position_embeddings": 4096, "rms_norm_eps": 1e-6, "rope_theta": 10000,
      "tie_word_embeddings": false, "torch_dtype": "bfloat16", "vocab_size": 102400,
    ]
    try folder.write(
      [UInt8](JSONSerialization.data(withJSONObject: config)), to: "config.json")
    let described = try Checkpoint.describe(folder: folder.path)
    let tensors = described.tensors
    let perShard = (tensors.count + 19) / 20
    var map: [String: String] = [:]
    for shard in 0..<20 {
      let name = "model-\(shard + 1)-of-20.safetensors"
      let part = tensors[(shard * perShard)..<min((shard + 1) * perShard, tensors.count)]
      for tensor in part { map[tensor.name] = name }
      try write(Array(part), to: folder, name)
    }
    let index = try JSONSerialization.data(withJSONObject: ["weight_map": map])
    try folder.write([UInt8](index), to: "model.safetensors.index.json")
  }

  private static func write(
    _ tensors: [TensorSpec], to folder: ScratchFolder, _ name: String
  ) throws {
    var offset = 0
    let members = tensors.map { tensor in
      defer { offset += tensor.bytes }
      return "\"\(tensor.name)\":{\"dtype\":\"BF16\",\"shape\":\(tensor.shape),"
        + "\"data_offsets\":[\(offset),\(offset + tensor.bytes)]}"
    }
    let header = safetensors(header: "{\(members.joined(separator: ","))}", data: 0)
    try folder.write(header, to: name)
    let handle = try FileHandle(forWritingTo: folder.url.appending(path: name))
    try handle.truncate(atOffset: UInt64(header.count + offset))
    try handle.close()
  }
}
