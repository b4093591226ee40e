import Checkpoint
import Foundation
import Model
import TestSupport
import Testing

@Suite struct ConfigTests {
  private func problem(
    _ changes: [String: Any?], in fixture: String = "olmoe"
  ) throws -> CheckpointError? {
    let copy = try CheckpointCopy(of: fixture)
    try copy.edit("config.json", changes)
    return failure { () throws(CheckpointError) in try copy.open() }?.replacingFolder(copy.path)
  }

  @Test(arguments: [
    ("olmoe", "vocab_size"), ("olmoe", "hidden_size"), ("olmoe", "num_hidden_layers"),
    ("olmoe", "num_attention_heads"), ("olmoe", "num_key_value_heads"), ("olmoe", "num_experts"),
    ("olmoe", "num_experts_per_tok"), ("olmoe", "intermediate_size"), ("olmoe", "norm_topk_prob"),
    ("olmoe", "hidden_act"), ("olmoe", "rms_norm_eps"), ("olmoe", "rope_theta"),
    ("olmoe", "max_position_embeddings"), ("olmoe", "tie_word_embeddings"),
    ("olmoe", "model_type"), ("mixtral", "num_local_experts"), ("deepseek", "n_routed_experts"),
    ("deepseek", "moe_intermediate_size"), ("deepseek", "first_k_dense_replace"),
    ("deepseek", "moe_layer_freq"), ("deepseek", "scoring_func"),
  ])
  func `a missing key is named with the file`(fixture: String, key: String) throws {
    let problem = try problem([key: Any?.none], in: fixture)
    #expect(problem == .config(file: "config.json", key: key, .missing))
    #expect(
      problem?.description
        == "config.json: key \"\(key)\" is missing; use the config.json that came with the model")
  }

  @Test func `a value of the wrong kind is refused with what it is`() throws {
    #expect(
      try problem(["hidden_size": "64"])
        == .config(
          file: "config.json", key: "hidden_size",
          .wrongType(expected: "a whole number", found: "\"64\"")))
    #expect(
      try problem(["norm_topk_prob": 1])
        == .config(
          file: "config.json", key: "norm_topk_prob",
          .wrongType(expected: "true or false", found: "1")))
    #expect(
      try problem(["num_experts": NSNull()])
        == .config(
          file: "config.json", key: "num_experts",
          .wrongType(expected: "a whole number", found: "null")))
  }

  @Test(arguments: [
    ("num_experts_per_tok", 9), ("num_experts_per_tok", 0), ("num_key_value_heads", 3),
    ("num_attention_heads", 6), ("hidden_size", -64), ("num_hidden_layers", 1 << 40),
    ("intermediate_size", Int.max), ("vocab_size", 0), ("num_experts", 1 << 50),
  ])
  func `a value outside its range is refused with what is allowed`(key: String, value: Int) throws {
    guard case .config("config.json", _, .outOfRange(let found, _)) = try problem([key: value])
    else {
      Issue.record("\(key) = \(value) was not refused")
      return
    }
    #expect(found == "\(value)")
  }

  @Test func `an enormous number of experts is refused before it fills the memory`() throws {
    let problem = try problem(["num_hidden_layers": 4096, "num_experts": 65536])
    #expect(problem?.description.contains("262144 experts") == true)
  }

  @Test func `settings that are not computed are refused by key`() throws {
    #expect(
      try problem(["hidden_act": "gelu"])
        == .config(
          file: "config.json", key: "hidden_act",
          .unsupported(value: "\"gelu\"", supported: "silu")))
    #expect(
      try problem(["attention_bias": true])
        == .config(
          file: "config.json", key: "attention_bias",
          .unsupported(value: "true", supported: "false")))
    #expect(
      try problem(["rope_scaling": ["type": "spiral", "factor": 4.0] as [String: Any]])
        == .config(
          file: "config.json", key: "rope_scaling",
          .unsupported(
            value: "\"spiral\"",
            supported: "null, default, linear, dynamic, llama3, yarn, longrope")))
    #expect(
      try problem(["scoring_func": "sigmoid"], in: "deepseek")?.description
        == "config.json: key \"scoring_func\" is \"sigmoid\", which is not supported; "
        + "supported: softmax")
  }

  @Test func `a family nobody knows is refused with the list of those known`() throws {
    let problem = try problem(["model_type": "llama"])
    #expect(
      problem
        == .family(
          file: "config.json", modelType: "llama", supported: Family.all.map(\.modelType)))
    #expect(
      problem?.description.contains(
        "model_type \"llama\" is not supported; use a model of one of these families: ") == true)
    #expect(problem?.description.contains("olmoe") == true)
  }

  @Test func `transformers 5's spelling reads the same`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    var expected = try copy.open().spec
    try copy.edit(
      "config.json",
      [
        "rope_theta": Any?.none, "rope_scaling": Any?.none, "torch_dtype": Any?.none,
        "dtype": "float32",
        "rope_parameters": ["rope_theta": 10000.0, "rope_type": "default"] as [String: Any],
      ])
    var found = try copy.open().spec
    (found.fingerprint, expected.fingerprint) = (Fingerprint(), Fingerprint())
    #expect(found == expected)
  }

  @Test func `a rope kind in transformers 5's spelling is refused too`() throws {
    #expect(
      try problem([
        "rope_parameters": ["rope_theta": 10000.0, "rope_type": "spiral"] as [String: Any]
      ])
        == .config(
          file: "config.json", key: "rope_parameters",
          .unsupported(
            value: "\"spiral\"",
            supported: "null, default, linear, dynamic, llama3, yarn, longrope")))
  }

  @Test(arguments: ["", "{", "[1]", "{\"a\":1,}", "{\"a\":01}", "{} x", "{\"a\":\"\u{1}\"}", "nul"])
  func `a config that is not a JSON object is refused`(text: String) throws {
    let copy = try CheckpointCopy(of: "olmoe")
    try copy.folder.write(text, to: "config.json")
    let problem = failure { () throws(CheckpointError) in try copy.open() }
    let expected = text.isEmpty ? "the file is empty" : "is not valid JSON"
    #expect(problem?.description.contains("config.json: \(expected)") == true)
  }

  @Test func `escapes in JSON texts are read`() throws {
    let problem = try problem(["model_type": "\u{1F642}\"\\/\t\u{E9}"])
    guard case .family(_, "\u{1F642}\"\\/\t\u{E9}", _) = problem else {
      Issue.record("\(String(describing: problem))")
      return
    }
    let copy = try CheckpointCopy(of: "olmoe")
    try copy.folder.write(#"{"model_type": "\ud83d\ude42\u00e9\n"}"#, to: "config.json")
    guard
      case .family(_, "\u{1F642}\u{E9}\n", _) = failure({ () throws(CheckpointError) in
        try copy.open()
      })
    else {
      Issue.record("surrogate pairs are misread")
      return
    }
  }
}
