import Checkpoint
import Foundation
import Model
import TestSupport
import Testing

struct QuantizedCheckpointTests {
  static let names = [
    "gptq", "gptq-3bit", "awq", "compressed-int4", "compressed-asymmetric", "compressed-bytes",
    "fp8", "mxfp4",
  ]

  private func open(_ name: String) throws -> Checkpoint {
    try Checkpoint.open(folder: TestFolders.fixtures.appending(path: "quantized/\(name)").path)
  }

  @Test(arguments: names)
  func `bytes are those that lie in the file, with scales and all else`(_ name: String) throws {
    let checkpoint = try open(name)
    let path = TestFolders.fixtures.appending(path: "quantized/\(name)/model.safetensors").path
    let file = try SafetensorsFile(path: path)
    #expect(checkpoint.extraTensors.isEmpty)
    let inFile = file.entries.reduce(0) { $0 + $1.range.count }
    #expect(checkpoint.spec.tensors.reduce(0) { $0 + $1.bytes } == inFile)
    #expect(checkpoint.spec.ledger(of: Choices(checkpoint.spec)).bytes == inFile)
  }

  @Test(arguments: [
    ("gptq", ["int4 g32"]), ("gptq-3bit", ["int3 channel", "bf16"]), ("awq", ["int4 g32"]),
    ("compressed-int4", ["int4 g32", "int8 channel"]),
    ("compressed-asymmetric", ["int3 g32", "int5 g32"]),
    ("compressed-bytes", ["int8 channel", "f8"]), ("fp8", ["f8", "bf16"]),
    ("mxfp4", ["mxfp4", "bf16"]),
  ])
  func `linears are told apart by how they are stored`(name: String, expected: [String]) throws {
    let spec = try open(name).spec
    #expect(spec.linearEncodings.map(\.description) == expected)
    #expect(spec.tensor(.embedding).encoding == .elements(.bfloat16))
    #expect(spec.tensor(.router(block: 0)).encoding == .elements(.bfloat16))
  }

  @Test(arguments: names)
  func `the ledger counts the bits of the codes`(_ name: String) throws {
    let spec = try open(name).spec
    let ledger = spec.ledger(of: Choices(spec))
    let bits = spec.blocks.indices.flatMap(spec.linears).reduce(into: (bits: 0, weights: 0)) {
      let (rows, columns) = spec.shape(of: $1)
      $0.bits += rows * columns * spec.encoding(of: $1).bits
      $0.weights += rows * columns
    }
    #expect(ledger.averageBits == Double(bits.bits) / Double(bits.weights))
    #expect(ledger.storedBitsPerWeight > ledger.averageBits)
  }

  @Test(arguments: names)
  func `a structure travels as JSON`(_ name: String) throws {
    let spec = try open(name).spec
    #expect(try JSONDecoder().decode(ModelSpec.self, from: JSONEncoder().encode(spec)) == spec)
  }

  @Test(arguments: names)
  func `without weights the config tells how they are stored`(_ name: String) throws {
    let copy = try CheckpointCopy(of: "quantized/\(name)")
    try copy.remove("model.safetensors")
    let described = try Checkpoint.describe(folder: copy.path).linearEncodings
    let opened = try open(name).spec.linearEncodings
    // What was left alone is known from the files alone.
    #expect(described.map(\.bits).first == opened.map(\.bits).first)
  }

  // MARK: - Bad input

  private func problem(
    _ name: String, _ change: (CheckpointCopy) throws -> Void
  ) throws -> String? {
    let copy = try CheckpointCopy(of: "quantized/\(name)")
    try change(copy)
    let error = failure { () throws(CheckpointError) in try copy.open() }
    return error?.replacingFolder(copy.path).description
  }

  private static let query = "model.layers.0.self_attn.q_proj."
  private static let expert = "model.layers.0.mlp.experts.1.up_proj."
  private static let stack = "model.layers.0.mlp.experts.down_proj"

  @Test(arguments: [
    ("gptq", query + "qweight"), ("gptq", expert + "scales"), ("gptq", expert + "qzeros"),
    ("awq", query + "qweight"), ("awq", expert + "qzeros"),
    ("compressed-int4", expert + "weight_packed"), ("compressed-int4", query + "weight_scale"),
    ("compressed-int4", expert + "weight_shape"),
    ("compressed-asymmetric", expert + "weight_zero_point"),
    ("compressed-bytes", expert + "weight_scale"), ("fp8", expert + "weight_scale_inv"),
    ("fp8", query + "weight"), ("mxfp4", stack + "_blocks"), ("mxfp4", stack + "_scales"),
  ])
  func `a missing part is named`(name: String, tensor: String) throws {
    let found = try problem(name) { copy in
      try copy.rewriteWeights { $0.removeAll { $0.name == tensor } }
    }
    #expect(
      found
        == "model.safetensors: tensor \"\(tensor)\" is missing; "
        + "check that config.json belongs to these weights")
  }

  @Test(arguments: [
    ("gptq", expert + "qweight", [32, 8], [8, 32]), ("awq", expert + "qzeros", [4, 2], [2, 4]),
    ("compressed-int4", expert + "weight_scale", [2, 32], [32, 2]),
    ("fp8", expert + "weight_scale_inv", [4], [2, 2]),
    ("mxfp4", stack + "_scales", [64, 2], [2, 64, 1]),
  ])
  func `a part of the wrong shape is named with both shapes`(
    name: String, tensor: String, shape: [Int], expected: [Int]
  ) throws {
    let found = try problem(name) { copy in
      try copy.rewriteWeights { tensors in
        for index in tensors.indices where tensors[index].name == tensor {
          tensors[index].shape = shape
        }
      }
    }
    #expect(
      found
        == "model.safetensors: tensor \"\(tensor)\" has shape \(shape), but config.json needs "
        + "\(expected); check that config.json belongs to these weights")
  }

  @Test(arguments: [
    ("gptq", expert + "scales", StoredType.int16, "F16"),
    ("compressed-int4", expert + "weight_packed", .uint32, "I32"),
    ("mxfp4", stack + "_blocks", .int8, "U8"),
  ])
  func `a part of the wrong type is named with its type`(
    name: String, tensor: String, type: StoredType, expected: String
  ) throws {
    let found = try problem(name) { copy in
      try copy.rewriteWeights { tensors in
        for index in tensors.indices where tensors[index].name == tensor {
          tensors[index].type = type
        }
      }
    }
    let needed = expected == "F16" ? "BF16" : expected
    #expect(
      found
        == "model.safetensors: tensor \"\(tensor)\" has dtype \(type.rawValue), but \(needed) is "
        + "needed; convert the weights, or use another checkpoint")
  }

  @Test func `an input in a group without scales is named when the weight is read`() throws {
    let copy = try CheckpointCopy(of: "quantized/gptq")
    try copy.rewriteWeights { tensors in
      for index in tensors.indices where tensors[index].name == Self.expert + "g_idx" {
        tensors[index].bytes[4] = 2
      }
    }
    let checkpoint = try copy.open()
    let role = TensorRole.linear(.expert(ExpertID(block: 0, expert: 1), .up))
    let error = failure { () throws(CheckpointError) in
      try checkpoint.checkInputGroups(of: role)
    }
    #expect(
      error?.replacingFolder(copy.path).description.hasPrefix(
        "model.safetensors: tensor \"\(Self.expert)g_idx\" puts input 1 into group 2, "
          + "but there are 2 groups; ") == true)
  }

  @Test func `settings that are not supported are named with what is`() throws {
    let cases: [(name: String, key: String, value: Any?, text: String)] = [
      ("gptq", "quant_method", "hqq", "is \"hqq\", which is not supported; supported: awq, "),
      ("gptq", "quant_method", nil, "is missing"),
      ("gptq", "bits", 5, "is 5, which is not supported; supported: 2, 3, 4, 8"),
      ("gptq", "bits", "4", "must be a whole number, not \"4\""),
      ("gptq", "bits", nil, "is missing"), ("gptq", "group_size", nil, "is missing"),
      ("gptq", "group_size", 0, "is 0, but must be -1"),
      ("gptq", "checkpoint_format", "marlin", "supported: gptq, gptq_v2"),
      ("gptq", "dynamic", ["-:(": [:]], "supported: names"),
      ("awq", "version", "gemv", "is \"gemv\", which is not supported; supported: gemm"),
      ("awq", "bits", 8, "supported: 4"),
      ("fp8", "fmt", "e5m2", "is \"e5m2\", which is not supported; supported: e4m3"),
      ("fp8", "weight_block_size", [128], "must be two whole numbers above 0"),
      ("compressed-int4", "config_groups", nil, "is missing"),
      ("compressed-int4", "config_groups", [1], "must be an object, not a list"),
      ("compressed-int4", "ignore", "lm_head", "must be a list of texts"),
      ("compressed-int4", "sparsity_config", ["format": "sparse-24-bitmask"], "supported: dense"),
    ]
    for (name, key, value, text) in cases {
      let found = try problem(name) { try $0.editQuantization(key, value) } ?? "opened"
      let key = key == "sparsity_config" ? "sparsity_config.format" : key
      #expect(
        found.hasPrefix("config.json: key \"quantization_config.\(key)\" \(text)")
          || (found.hasPrefix("config.json: key \"quantization_config.\(key)\" ")
            && found.contains(text)),
        "\(name) \(key): \(found)")
    }
  }

  @Test func `settings of a group that are not supported are named with what is`() throws {
    let cases: [(key: String, value: Any, text: String)] = [
      ("num_bits", 9, "weights.num_bits\" is 9, which is not supported; supported: 2, 3, 4, 5, 6"),
      ("type", "float", "format\" is \"pack-quantized\" with floats, which is not supported"),
      ("type", "nf", "weights.type\" is \"nf\", which is not supported; supported: int, float"),
      ("strategy", "token", "weights.strategy\" is \"token\", which is not supported"),
      ("group_size", "32", "weights.group_size\" must be a whole number, not \"32\""),
    ]
    for (key, value, text) in cases {
      let found = try problem("compressed-int4") { try $0.editGroup("group_0", key, value) }
      let start = "config.json: key \"quantization_config.config_groups.group_0."
      #expect(found?.hasPrefix(start + text) == true, "\(found ?? "opened")")
    }
  }

  @Test func `mxfp4 is refused where its blocks do not fit, and for other families`() throws {
    #expect(
      try problem("mxfp4") { try $0.edit("config.json", ["intermediate_size": 48]) }?
        .hasPrefix("config.json: key \"intermediate_size\" is 48, but must be a multiple of 32")
        == true)
    #expect(
      try problem("fp8") { try $0.editQuantization("quant_method", "mxfp4") }?
        .contains("is \"mxfp4\" with qwen3_moe, which is not supported") == true)
  }

  @Test func `8-bit floats without a config that describes them are refused`() throws {
    #expect(
      try problem("fp8") { try $0.edit("config.json", ["quantization_config": Any?.none]) }?
        .contains("has dtype F8_E4M3, but F32, F16 or BF16 is needed") == true)
  }
}

extension CheckpointCopy {
  /// Changes a key of `quantization_config`; `nil` removes it.
  fileprivate func editQuantization(_ key: String, _ value: Any?) throws {
    let config = try jsonObject(at: folder.url.appending(path: "config.json"))
    var quantization = config["quantization_config"] as? [String: Any] ?? [:]
    quantization[key] = value
    try edit("config.json", ["quantization_config": quantization])
  }

  /// Changes a key of the weights of a group of a compressed-tensors config.
  fileprivate func editGroup(_ name: String, _ key: String, _ value: Any) throws {
    let config = try jsonObject(at: folder.url.appending(path: "config.json"))
    let quantization = config["quantization_config"] as? [String: Any] ?? [:]
    var groups = quantization["config_groups"] as? [String: Any] ?? [:]
    var group = groups[name] as? [String: Any] ?? [:]
    var weights = group["weights"] as? [String: Any] ?? [:]
    weights[key] = value
    group["weights"] = weights
    groups[name] = group
    try editQuantization("config_groups", groups)
  }
}
