import Checkpoint
import Foundation
import TestSupport
import Testing

/// Tokenizers in GGUF files against the `tokenizer.json` of the same vocabulary.
@Suite struct GGUFTokenizerTests {
  /// Published kinds, the name llama.cpp gives their pre-tokenizer, and whether the models of that
  /// name take pieces that are tokens whole.
  static let kinds: [(kind: String, name: String, ignoresMerges: Bool)] = [
    ("llama3", "llama-bpe", true), ("tiktoken", "dbrx", false), ("llama3", "glm4", false),
    ("bailing", "bailingmoe", false), ("qwen2", "qwen2", false), ("qwen3.5", "qwen35", false),
    ("deepseek-v3", "deepseek-v3", false), ("deepseek-coder", "deepseek-coder", false),
    ("o200k", "gpt-4o", true), ("tekken", "tekken", true), ("gpt2-split", "gpt-2", false),
    ("granite", "refact", false), ("granite", "smollm", false), ("olmoe", "olmo", false),
  ]

  private struct Kinds {
    let texts: [String]
    private let cases: [[String: Any]]
    private let bases: [String: [String: Any]]

    init() throws {
      let file = try jsonObject(at: TestFolders.fixtures.appending(path: "tokenizer-kinds.json"))
      texts = try #require(file["texts"] as? [String])
      cases = try #require(file["cases"] as? [[String: Any]])
      bases = [
        "demo": try jsonObject(at: TestFolders.demo.appending(path: "checkpoint/tokenizer.json")),
        "sentencepiece": try #require(file["sentencepiece"] as? [String: Any]),
      ]
    }

    /// The `tokenizer.json` of a kind, its model's settings changed by `model`.
    func file(_ name: String, model settings: [String: Any] = [:]) throws -> [String: Any] {
      let item = try #require(cases.first { $0["name"] as? String == name })
      var file = try #require((item["base"] as? String).flatMap { bases[$0] })
      let change = try #require(item["change"] as? [String: Any])
      for (key, value) in change where key != "model" { file[key] = value }
      var model = file["model"] as? [String: Any] ?? [:]
      model.merge(change["model"] as? [String: Any] ?? [:]) { $1 }
      model.merge(settings) { $1 }
      file["model"] = model
      return file
    }
  }

  /// Tokens by id with what they are for, as llama.cpp's converter writes them.
  private func tokens(of file: [String: Any]) throws -> (texts: [String], kinds: [Int32]) {
    let model = try #require(file["model"] as? [String: Any])
    let vocabulary = try #require(model["vocab"] as? [String: Int])
    let added = try #require(file["added_tokens"] as? [[String: Any]])
    let count = max(vocabulary.values.max() ?? 0, added.compactMap { $0["id"] as? Int }.max() ?? 0)
    var texts = (0...count).map { "[PAD\($0)]" }
    var kinds = [Int32](repeating: 5, count: count + 1)
    for (token, id) in vocabulary {
      texts[id] = token
      kinds[id] = token.hasPrefix("<0x") ? 6 : 1
    }
    for token in added {
      let id = try #require(token["id"] as? Int)
      texts[id] = try #require(token["content"] as? String)
      kinds[id] = token["special"] as? Bool == true ? 3 : 4
    }
    return (texts, kinds)
  }

  private func open(
    _ values: [(String, GGUFBytes.Value)], in folder: ScratchFolder
  ) throws(CheckpointError) -> Tokenizer {
    var bytes = GGUFBytes()
    bytes.values = values.map { ("tokenizer.ggml.\($0.0)", $0.1) }
    try? folder.write(bytes.bytes, to: "x.gguf")
    return try Tokenizer(folder: folder.path("x.gguf"))
  }

  private func compare(_ found: Tokenizer, _ expected: Tokenizer, _ texts: [String], _ name: String)
  {
    for text in texts {
      let ids = expected.encode(text, addingSpecialTokens: true)
      #expect(found.encode(text, addingSpecialTokens: true) == ids, "\(name)")
      #expect(found.decode(ids) == expected.decode(ids), "\(name)")
      #expect(
        found.decode(ids, skippingSpecialTokens: true)
          == expected.decode(ids, skippingSpecialTokens: true), "\(name)")
    }
    #expect(found.vocabularySize == expected.vocabularySize, "\(name)")
  }

  @Test(arguments: kinds.indices)
  func `every name of a pre-tokenizer cuts as the tokenizer.json does`(_ index: Int) throws {
    let (kind, name, ignoresMerges) = Self.kinds[index]
    let kinds = try Kinds()
    var file = try kinds.file(kind, model: ["ignore_merges": ignoresMerges])
    if name == "glm4" { file["post_processor"] = NSNull() }
    let folder = try ScratchFolder()
    try folder.write([UInt8](JSONSerialization.data(withJSONObject: file)), to: "t.json")
    let (texts, types) = try tokens(of: file)
    let model = try #require(file["model"] as? [String: Any])
    let merges = try #require(model["merges"] as? [Any]).map { merge in
      (merge as? [String])?.joined(separator: " ") ?? merge as? String ?? ""
    }
    let starts = name == "llama-bpe"
    let found = try open(
      [
        ("model", .text("gpt2")), ("pre", .text(name)), ("tokens", .texts(texts)),
        ("token_type", .int32s(types)), ("merges", .texts(merges)),
        ("bos_token_id", .uint32(0)), ("eos_token_id", .uint32(1)),
      ] + (name == "tekken" ? [("add_bos_token", .bool(false))] : []), in: folder)
    #expect(found.endOfText == 1)
    #expect(found.encode("", addingSpecialTokens: true) == (starts ? [0] : []))
    compare(found, try Tokenizer(file: folder.path("t.json")), kinds.texts, name)
  }

  /// Of letters, DeepSeek-LLM's pattern has only those with a case: a Cyrillic one goes on with
  /// another one, a Hebrew one does not.
  @Test func `letters with and without a case are apart for DeepSeek-LLM`() throws {
    let folder = try ScratchFolder()
    // The letters я, б and ש as bytes, in the alphabet of byte-level BPE.
    let bytes = ["Ñ", "ı", "Ð", "±", "×", "©", "b", "1", "!", "ıÐ", "ı×", "b!", "1!", "b1"]
    let tokenizer = try open(
      [
        ("model", .text("gpt2")), ("pre", .text("deepseek-llm")), ("tokens", .texts(bytes)),
        ("merges", .texts(["ı Ð", "ı ×", "b !", "1 !", "b 1"])),
      ], in: folder)
    #expect(tokenizer.encode("яб") == [0, 9, 3])
    #expect(tokenizer.encode("яש") == [0, 1, 4, 5])
    #expect(tokenizer.encode("b1!") == [6, 7, 8])
  }

  @Test func `scores merge as a list of all merges in their order does`() throws {
    let kinds = try Kinds()
    var file = try kinds.file("llama2")
    // Which of white space around them belongs to them, files do not say.
    let added = try #require(file["added_tokens"] as? [[String: Any]])
    file["added_tokens"] = added.filter { $0["special"] as? Bool == true }
    var model = try #require(file["model"] as? [String: Any])
    let vocabulary = try #require(model["vocab"] as? [String: Int])
    let (scores, merges) = try scores(of: model)
    model["merges"] = merges
    file["model"] = model
    let folder = try ScratchFolder()
    try folder.write([UInt8](JSONSerialization.data(withJSONObject: file)), to: "t.json")
    var (texts, types) = try tokens(of: file)
    types[try #require(vocabulary["<unk>"])] = 2
    // The file's own vocabulary only.
    texts = Array(texts.prefix(scores.count))
    let found = try open(
      [
        ("model", .text("llama")), ("pre", .text("default")), ("tokens", .texts(texts)),
        ("token_type", .int32s(Array(types.prefix(scores.count)))), ("scores", .floats(scores)),
        ("bos_token_id", .uint32(1)), ("eos_token_id", .uint32(2)),
      ], in: folder)
    compare(found, try Tokenizer(file: folder.path("t.json")), kinds.texts, "llama2")
    #expect(found.endOfText == 2)
    let plain = found.encode("hello")
    #expect(found.encode("hello", addingSpecialTokens: true) == [1] + plain)
    #expect(found.decode(plain) == "hello")
  }

  /// A score for each token, by the place of the first merge that makes it, and all ways to make
  /// each, those of the highest score first.
  private func scores(of model: [String: Any]) throws -> (scores: [Float], merges: [[String]]) {
    let vocabulary = try #require(model["vocab"] as? [String: Int])
    let list = try #require(model["merges"] as? [[String]])
    var ranks: [String: Int] = [:]
    for (rank, pair) in list.enumerated() where ranks[pair.joined()] == nil {
      ranks[pair.joined()] = rank
    }
    var scores = [Float](repeating: -1e6, count: (vocabulary.values.max() ?? 0) + 1)
    var merges: [(rank: Int, pair: [String])] = []
    for (token, id) in vocabulary {
      guard let rank = ranks[token] else { continue }
      scores[id] = -Float(rank)
      let scalars = token.unicodeScalars
      for index in scalars.indices.dropFirst() {
        let pair = [String(scalars[..<index]), String(scalars[index...])]
        if pair.allSatisfy({ vocabulary[$0] != nil }) { merges.append((rank, pair)) }
      }
    }
    return (scores, merges.sorted { $0.rank < $1.rank }.map(\.pair))
  }

  @Test func `a file without a space before texts puts none there`() throws {
    let folder = try ScratchFolder()
    for adds in [true, false] {
      let tokenizer = try open(
        [
          ("model", .text("llama")), ("tokens", .texts(["▁", "a", "▁a"])),
          ("scores", .floats([-3, -2, -1])), ("add_space_prefix", .bool(adds)),
        ], in: folder)
      #expect(tokenizer.encode("a a") == (adds ? [2, 2] : [1, 2]))
      #expect(tokenizer.decode(tokenizer.encode("a a")) == "a a")
    }
  }

  @Test func `of equal scores the leftmost pair is merged`() throws {
    let folder = try ScratchFolder()
    let tokenizer = try open(
      [
        ("model", .text("llama")), ("tokens", .texts(["a", "b", "ab", "ba"])),
        ("scores", .floats([-9, -9, -1, -1])), ("add_space_prefix", .bool(false)),
        ("add_bos_token", .bool(false)),
      ], in: folder)
    #expect(tokenizer.encode("bab") == [3, 1])
    #expect(tokenizer.encode("aba") == [2, 0])
  }

  private func problem(_ values: [(String, GGUFBytes.Value)]) throws -> CheckpointError? {
    let folder = try ScratchFolder()
    return failure { () throws(CheckpointError) in try open(values, in: folder) }?
      .replacingFolder(folder.path)
  }

  private func metadata(_ name: String, _ problem: ConfigProblem) -> CheckpointError {
    .metadata(file: "x.gguf", key: "tokenizer.ggml.\(name)", problem)
  }

  @Test func `what is missing, wrong or unknown is named by its key`() throws {
    let tokens: [(String, GGUFBytes.Value)] = [("tokens", .texts(["a", "b"]))]
    #expect(try problem([("model", .text("gpt2"))]) == metadata("tokens", .missing))
    #expect(try problem(tokens) == metadata("model", .missing))
    #expect(
      try problem(tokens + [("model", .text("none"))])
        == metadata("model", .unsupported(value: "\"none\"", supported: "gpt2, llama")))
    #expect(try problem(tokens + [("model", .text("gpt2"))]) == metadata("pre", .missing))
    let unknown = try problem(tokens + [("model", .text("gpt2")), ("pre", .text("kimi-k2"))])
    #expect(
      unknown?.description.hasPrefix(
        "x.gguf: metadata key \"tokenizer.ggml.pre\" is \"kimi-k2\", which is not supported; "
          + "supported: bailingmoe, ") == true)
    let gpt2 = tokens + [("model", .text("gpt2")), ("pre", .text("gpt-2"))]
    #expect(try problem(gpt2) == metadata("merges", .missing))
    #expect(
      try problem(gpt2 + [("merges", .texts(["a c"]))])
        == metadata(
          "merges",
          .wrongType(
            expected: "pairs of tokens", found: "\"a c\", which tokenizer.ggml.tokens lacks")))
    #expect(
      try problem(gpt2 + [("merges", .texts([])), ("eos_token_id", .uint32(2))])
        == metadata("eos_token_id", .outOfRange(value: "2", allowed: "below 2")))
    #expect(
      try problem([("tokens", .int32s([1])), ("model", .text("gpt2"))])
        == metadata("tokens", .wrongType(expected: "a list of texts", found: "a list")))
    let llama = tokens + [("model", .text("llama"))]
    #expect(try problem(llama) == metadata("scores", .missing))
    #expect(
      try problem(llama + [("scores", .floats([1]))])
        == metadata("scores", .outOfRange(value: "1 long", allowed: "2 long")))
  }
}
