import Checkpoint
import Foundation
import Model
import TestSupport
import Testing

/// What a GGUF file's metadata and tensors must say for a model to open, and files in parts.
@Suite struct GGUFModelFileTests {
  /// A tiny OLMoE of one block, float32 zeros throughout.
  static func model() -> GGUFBytes {
    var bytes = GGUFBytes()
    bytes.values = [
      ("general.architecture", .text("olmoe")), ("olmoe.block_count", .uint32(1)),
      ("olmoe.context_length", .uint32(64)), ("olmoe.embedding_length", .uint32(32)),
      ("olmoe.feed_forward_length", .uint32(32)), ("olmoe.attention.head_count", .uint32(2)),
      ("olmoe.attention.head_count_kv", .uint32(2)),
      ("olmoe.attention.layer_norm_rms_epsilon", .float32(1e-5)),
      ("olmoe.rope.freq_base", .float32(10_000)), ("olmoe.expert_count", .uint32(2)),
      ("olmoe.expert_used_count", .uint32(1)),
    ]
    func add(_ name: String, _ dimensions: UInt64...) {
      let count = Int(dimensions.reduce(1, *))
      bytes.tensors.append(
        GGUFBytes.Tensor(
          name: name, dimensions: dimensions, data: [UInt8](repeating: 0, count: 4 * count)))
    }
    add("token_embd.weight", 32, 40)
    add("output_norm.weight", 32)
    add("output.weight", 32, 40)
    for name in ["attn_norm", "ffn_norm", "attn_q_norm", "attn_k_norm"] {
      add("blk.0.\(name).weight", 32)
    }
    for name in ["attn_q", "attn_k", "attn_v", "attn_output"] {
      add("blk.0.\(name).weight", 32, 32)
    }
    add("blk.0.ffn_gate_inp.weight", 32, 2)
    for name in ["gate", "up", "down"] { add("blk.0.ffn_\(name)_exps.weight", 32, 32, 2) }
    return bytes
  }

  private func open(
    _ bytes: GGUFBytes, in folder: ScratchFolder
  ) throws(CheckpointError) -> Checkpoint {
    try? folder.write(bytes.bytes, to: "x.gguf")
    return try Checkpoint.open(folder: folder.path("x.gguf"))
  }

  private func problem(_ change: (inout GGUFBytes) -> Void) throws -> CheckpointError? {
    var bytes = Self.model()
    change(&bytes)
    let folder = try ScratchFolder()
    return failure { () throws(CheckpointError) in try open(bytes, in: folder) }
      .map { $0.replacingFolder(folder.path) }
  }

  private func set(_ key: String, _ value: GGUFBytes.Value, in bytes: inout GGUFBytes) {
    bytes.values.removeAll { $0.0 == key }
    bytes.values.append((key, value))
  }

  @Test func `a file's structure is read from its metadata and shapes`() throws {
    let folder = try ScratchFolder()
    let spec = try open(Self.model(), in: folder).spec
    #expect(spec.name == "x")
    #expect(spec.family == "olmoe")
    #expect(spec.vocabulary == 40)
    #expect(spec.hidden == 32)
    #expect(!spec.tiedHead)
    #expect(spec.blocks[0].moe?.storage == .stackedApart)
    #expect(spec.encoding == .elements(.float32))
  }

  @Test func `a file without a head has the embedding's`() throws {
    let folder = try ScratchFolder()
    var bytes = Self.model()
    bytes.tensors.removeAll { $0.name == "output.weight" }
    #expect(try open(bytes, in: folder).spec.tiedHead)
  }

  @Test func `an unknown architecture is named with those that are known`() throws {
    let problem = try problem { set("general.architecture", .text("gemma3"), in: &$0) }
    #expect(
      problem?.description
        == "x.gguf: the architecture \"gemma3\" is not supported; use a model of one of these "
        + "architectures: deepseek, deepseek2, glm4moe, gpt-oss, granitemoe, llama, olmoe, phimoe, "
        + "qwen2moe, qwen3moe")
  }

  @Test func `a model without experts says so`() throws {
    let problem = try problem { bytes in
      bytes.values = [
        ("general.architecture", .text("llama")), ("llama.block_count", .uint32(1)),
      ]
    }
    #expect(
      problem?.description.hasPrefix(
        "x.gguf: the architecture \"llama\" is supported only with experts, and this model has none"
      ) == true)
  }

  @Test func `missing and wrong metadata are named by their keys`() throws {
    for key in [
      "block_count", "context_length", "embedding_length", "attention.head_count",
      "attention.layer_norm_rms_epsilon", "expert_used_count", "feed_forward_length",
    ] {
      let name = "olmoe.\(key)"
      #expect(
        try problem { $0.values.removeAll { $0.0 == name } }
          == .metadata(file: "x.gguf", key: name, .missing))
    }
    let problem = try problem { set("olmoe.expert_used_count", .uint32(3), in: &$0) }
    #expect(
      problem?.description
        == "x.gguf: metadata key \"olmoe.expert_used_count\" is 3, but must be 1 to 2; "
        + "convert the model again with a current llama.cpp")
    #expect(
      try self.problem { set("olmoe.embedding_length", .text("32"), in: &$0) }
        == .metadata(
          file: "x.gguf", key: "olmoe.embedding_length",
          .wrongType(expected: "a whole number", found: "\"32\"")))
    #expect(
      try self.problem { $0.values.removeFirst() }
        == .metadata(file: "x.gguf", key: "general.architecture", .missing))
  }

  @Test func `a rotary embedding of another width or kind is refused`() throws {
    #expect(
      try problem { set("olmoe.rope.dimension_count", .uint32(8), in: &$0) }
        == .metadata(
          file: "x.gguf", key: "olmoe.rope.dimension_count",
          .unsupported(value: "8", supported: "16")))
    #expect(
      try problem { set("olmoe.rope.scaling.type", .text("other"), in: &$0) }
        == .metadata(
          file: "x.gguf", key: "olmoe.rope.scaling.type",
          .unsupported(value: "\"other\"", supported: "none, linear, yarn, longrope")))
  }

  /// How the rotary embedding is stretched when these settings are added.
  private func scaling(
    _ values: [(String, GGUFBytes.Value)], factors: [String: [Float]] = [:]
  ) throws -> RopeScaling {
    let folder = try ScratchFolder()
    var bytes = Self.model()
    for (key, value) in values { set("olmoe.rope.\(key)", value, in: &bytes) }
    for (name, numbers) in factors {
      bytes.tensors.append(
        GGUFBytes.Tensor(
          name: name, dimensions: [UInt64(numbers.count)],
          data: numbers.flatMap { GGUFBytes.bytes($0.bitPattern) }))
    }
    return try open(bytes, in: folder).spec.ropeScaling
  }

  @Test func `every kind of rotary scaling is read`() throws {
    #expect(try scaling([("scaling.type", .text("none"))]) == .none)
    #expect(
      try scaling([("scaling.type", .text("linear")), ("scaling.factor", .float32(4))])
        == .linear(factor: 4))
    #expect(try scaling([("scale_linear", .float32(2))]) == .linear(factor: 2))
    let yarn: [(String, GGUFBytes.Value)] = [
      ("scaling.type", .text("yarn")), ("scaling.factor", .float32(4)),
      ("scaling.original_context_length", .uint32(16)),
    ]
    guard case .yarn(let plain) = try scaling(yarn) else { throw CocoaError(.coderInvalidValue) }
    #expect(plain.factor == 4 && plain.originalContext == 16 && plain.fastTurns == 32)
    #expect(abs(plain.magnitude - (1 + 0.1 * Float(log(4.0)))) < 1e-6)
    let more: [(String, GGUFBytes.Value)] = [
      ("scaling.yarn_beta_fast", .float32(8)), ("scaling.yarn_beta_slow", .float32(2)),
      ("scaling.yarn_attn_factor", .float32(1.5)),
    ]
    #expect(
      try scaling(yarn + more)
        == .yarn(
          YarnScaling(
            factor: 4, originalContext: 16, fastTurns: 8, slowTurns: 2, magnitude: 1.5)))
  }

  @Test func `factors of each pair are read from their tensors`() throws {
    let (short, long): ([Float], [Float]) = (
      (0..<8).map { 1 + Float($0) / 16 }, (0..<8).map { 2 + Float($0) }
    )
    let one = try scaling([], factors: ["rope_freqs.weight": short])
    #expect(
      one
        == .longrope(
          LongropeScaling(
            originalContext: 64, shortFactors: short, longFactors: short, shortMagnitude: 1,
            longMagnitude: 1)))
    let two = try scaling(
      [
        ("scaling.original_context_length", .uint32(16)), ("scaling.attn_factor", .float32(1.25)),
      ], factors: ["rope_factors_short.weight": short, "rope_factors_long.weight": long])
    #expect(
      two
        == .longrope(
          LongropeScaling(
            originalContext: 16, shortFactors: short, longFactors: long, shortMagnitude: 1.25,
            longMagnitude: 1.25)))
  }

  @Test func `any missing tensor is named`() throws {
    for tensor in Self.model().tensors where tensor.name != "output.weight" {
      let problem = try problem { $0.tensors.removeAll { $0.name == tensor.name } }
      #expect(
        problem == .tensor(file: "x.gguf", tensor: tensor.name, .gguf(.missing))
          // Without an embedding, the size of the vocabulary is unknown.
          || tensor.name == "token_embd.weight")
    }
  }

  @Test func `any tensor of another shape is named with both shapes`() throws {
    let problem = try problem { bytes in
      let index = bytes.tensors.firstIndex { $0.name == "blk.0.ffn_up_exps.weight" } ?? 0
      bytes.tensors[index].dimensions = [32, 2, 32]
    }
    #expect(
      problem
        == .tensor(
          file: "x.gguf", tensor: "blk.0.ffn_up_exps.weight",
          .gguf(.shape(found: [32, 2, 32], expected: [2, 32, 32]))))
  }

  @Test func `a type that is not read is named with those that are`() throws {
    let problem = try problem { bytes in
      let index = bytes.tensors.firstIndex { $0.name == "blk.0.attn_q.weight" } ?? 0
      bytes.tensors[index].type = 20
      bytes.tensors[index].data = [UInt8](repeating: 0, count: 32 * 18)
    }
    #expect(
      problem?.description
        == "x.gguf: tensor \"blk.0.attn_q.weight\" has type IQ4_NL, which is not supported; quantise "
        + "the model to one of F32, F16, BF16, Q8_0, Q5_0, Q5_1, Q4_0, Q4_1, Q4_K, Q5_K, Q6_K, MXFP4"
    )
  }

  @Test func `a list with one value for all blocks is a value`() throws {
    let folder = try ScratchFolder()
    var bytes = Self.model()
    set("olmoe.attention.head_count_kv", .int32s([2, 2]), in: &bytes)
    #expect(try open(bytes, in: folder).spec.blocks[0].attention.keyValueHeads == 2)
  }

  @Test func `extra tensors are listed`() throws {
    let folder = try ScratchFolder()
    var bytes = Self.model()
    bytes.tensors.append(
      GGUFBytes.Tensor(name: "blk.9.extra", dimensions: [1], data: [0, 0, 0, 0]))
    #expect(try open(bytes, in: folder).extraTensors == ["blk.9.extra"])
  }

  @Test func `experts in tensors of their own, and gate and up in one, are read`() throws {
    let folder = try ScratchFolder()
    var separate = Self.model()
    separate.tensors.removeAll { $0.name.contains("_exps") }
    for name in ["gate", "up", "down"] {
      for expert in 0..<2 {
        separate.tensors.append(
          GGUFBytes.Tensor(
            name: "blk.0.ffn_\(name).\(expert).weight", dimensions: [32, 32],
            data: [UInt8](repeating: 0, count: 4096)))
      }
    }
    #expect(try open(separate, in: folder).spec.blocks[0].moe?.storage == .separate)
    var fused = Self.model()
    fused.tensors.removeAll { $0.name.contains("gate_exps") || $0.name.contains("up_exps") }
    fused.tensors.append(
      GGUFBytes.Tensor(
        name: "blk.0.ffn_gate_up_exps.weight", dimensions: [32, 64, 2],
        data: [UInt8](repeating: 0, count: 4 * 4096)))
    #expect(try open(fused, in: folder).spec.blocks[0].moe?.storage == .stacked)
  }
}

// MARK: - Parts

@Suite struct GGUFPartTests {
  /// The model in three parts, as `llama-gguf-split` writes them: the metadata in the first.
  private func parts() -> [GGUFBytes] {
    let whole = GGUFModelFileTests.model()
    return (0..<3).map { index in
      var part = GGUFBytes()
      part.values = index == 0 ? whole.values : []
      part.values += [
        ("split.no", .raw(2, GGUFBytes.bytes(UInt16(index)))),
        ("split.count", .raw(2, GGUFBytes.bytes(UInt16(3)))),
        ("split.tensors.count", .int32(Int32(whole.tensors.count))),
      ]
      part.tensors = whole.tensors.enumerated().filter { $0.offset % 3 == index }.map(\.element)
      return part
    }
  }

  private func write(_ parts: [GGUFBytes], in folder: ScratchFolder) throws {
    for (index, part) in parts.enumerated() {
      try folder.write(part.bytes, to: "m-0000\(index + 1)-of-00003.gguf")
    }
  }

  private func problem(_ change: (inout [GGUFBytes]) -> Void) throws -> CheckpointError? {
    var parts = parts()
    change(&parts)
    let folder = try ScratchFolder()
    try write(parts, in: folder)
    return failure { () throws(CheckpointError) in
      try Checkpoint.open(folder: folder.path("m-00001-of-00003.gguf"))
    }.map { $0.replacingFolder(folder.path) }
  }

  @Test(arguments: 1...3) func `any part opens the whole model`(part: Int) throws {
    let folder = try ScratchFolder()
    try write(parts(), in: folder)
    let checkpoint = try Checkpoint.open(folder: folder.path("m-0000\(part)-of-00003.gguf"))
    #expect(checkpoint.spec.name == "m")
    try folder.write(GGUFModelFileTests.model().bytes, to: "x.gguf")
    let whole = try Checkpoint.open(folder: folder.path("x.gguf"))
    #expect(checkpoint.spec.fingerprint == whole.spec.fingerprint)
    #expect(
      checkpoint.spec.ledger(of: Choices(checkpoint.spec)).bytes
        == whole.spec.ledger(of: Choices(whole.spec)).bytes)
  }

  @Test func `a missing part is named`() throws {
    let folder = try ScratchFolder()
    try write(Array(parts().prefix(2)), in: folder)
    let problem = failure { () throws(CheckpointError) in
      try Checkpoint.open(folder: folder.path("m-00002-of-00003.gguf"))
    }?.replacingFolder(folder.path)
    #expect(problem == .gguf(file: "m-00003-of-00003.gguf", .missingPart(of: 3)))
    #expect(
      problem?.description
        == "m-00003-of-00003.gguf: there is no such file, but the model has 3 parts; "
        + "download the missing part into the same folder")
  }

  @Test func `a part alone says that it is one`() throws {
    let folder = try ScratchFolder()
    try folder.write(parts()[0].bytes, to: "x.gguf")
    let problem = failure { () throws(CheckpointError) in
      try Checkpoint.open(folder: folder.path("x.gguf"))
    }?.replacingFolder(folder.path)
    #expect(problem == .gguf(file: "x.gguf", .partCount(says: 3, found: 1)))
  }

  @Test func `parts of other models and in another order are refused`() throws {
    #expect(
      try problem { $0.swapAt(1, 2) }
        == .gguf(file: "m-00002-of-00003.gguf", .partNumber(says: 3, expected: 2)))
    #expect(
      try problem { $0[2].tensors.removeLast() }
        == .gguf(file: "m-00001-of-00003.gguf", .partTensors(says: 15, found: 14)))
    let name = GGUFModelFileTests.model().tensors[0].name
    #expect(
      try problem { $0[1].tensors.append($0[0].tensors[0]) }
        == .gguf(file: "m-00002-of-00003.gguf", .duplicateTensor(name)))
  }
}
