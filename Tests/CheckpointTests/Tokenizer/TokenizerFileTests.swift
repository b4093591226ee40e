import Checkpoint
import Foundation
import Numerics
import TestSupport
import Testing

@Suite struct TokenizerFileTests {
  private func problem(_ key: String, _ value: Any?) throws -> CheckpointError? {
    try DemoTokenizerFile.problem { $0[key] = value }
  }

  private func modelProblem(_ key: String, _ value: Any?) throws -> CheckpointError? {
    try DemoTokenizerFile.problem { file in
      var model = file["model"] as? [String: Any] ?? [:]
      model[key] = value
      file["model"] = model
    }
  }

  private func unsupported(
    _ part: String, _ value: String, _ supported: String
  ) -> CheckpointError {
    .tokenizer(
      file: "tokenizer.json", part: part, .unsupported(value: value, supported: supported))
  }

  @Test func `a normalizer is refused by name`() throws {
    let problem = try problem("normalizer", ["type": "Lowercase"])
    #expect(
      problem
        == unsupported(
          "normalizer", "\"Lowercase\"", "null, NFC, Prepend, Replace, a Sequence of them"))
    #expect(
      problem?.description
        == "tokenizer.json: normalizer is \"Lowercase\", which is not supported; "
        + "supported: null, NFC, Prepend, Replace, a Sequence of them"
    )
  }

  @Test func `a pre-tokenizer nobody knows is refused by name`() throws {
    let supported = "ByteLevel, Split, Digits, Metaspace, a Sequence of them"
    #expect(
      try problem("pre_tokenizer", ["type": "Whitespace"])
        == unsupported("pre_tokenizer", "\"Whitespace\"", supported))
    let punctuation: [String: Any] = ["type": "Punctuation", "behavior": "Isolated"]
    #expect(
      try problem("pre_tokenizer", ["type": "Sequence", "pretokenizers": [punctuation]])
        == unsupported("pre_tokenizer.pretokenizers[0]", "\"Punctuation\"", supported))
  }

  @Test func `an option nobody knows is refused by name`() throws {
    let byteLevel: [String: Any] = [
      "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "reverse": true,
    ]
    #expect(
      try problem("pre_tokenizer", byteLevel)
        == .tokenizer(
          file: "tokenizer.json", part: "pre_tokenizer",
          .invalid("has the unknown option \"reverse\"")))
  }

  @Test func `a post-processor or decoder nobody knows is refused by name`() throws {
    #expect(
      try problem("post_processor", ["type": "BertProcessing"])
        == unsupported(
          "post_processor", "\"BertProcessing\"",
          "null, ByteLevel, TemplateProcessing, a Sequence of them"))
    let supported = "ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace, a Sequence of them"
    #expect(
      try problem("decoder", ["type": "WordPiece"])
        == unsupported("decoder", "\"WordPiece\"", supported))
    #expect(try problem("decoder", NSNull()) == unsupported("decoder", "null", supported))
    #expect(try problem("truncation", ["max_length": 5]) != nil)
  }

  @Test func `a ByteLevel post-processor changes nothing`() throws {
    #expect(
      try problem("post_processor", ["type": "ByteLevel", "trim_offsets": false]) == nil)
  }

  @Test func `a model other than BPE is refused by name`() throws {
    #expect(try modelProblem("type", "Unigram") == unsupported("model", "\"Unigram\"", "BPE"))
    #expect(try modelProblem("type", Any?.none) == nil)
  }

  @Test func `settings of BPE that are not imitated are refused by name`() throws {
    #expect(try modelProblem("dropout", 0.1) == unsupported("model.dropout", "0.1", "null"))
    #expect(
      try modelProblem("end_of_word_suffix", "</w>")
        == unsupported("model.end_of_word_suffix", "\"</w>\"", "null"))
    #expect(try modelProblem("continuing_subword_prefix", "") == nil)
  }

  @Test func `an unknown token matters only where a byte has no token`() throws {
    #expect(try modelProblem("unk_token", "<|pad|>") == nil)
    let problem = try DemoTokenizerFile.problem { file in
      file["model"] =
        ["type": "BPE", "unk_token": "a", "vocab": ["a": 0], "merges": [String]()]
        as [String: Any]
    }
    #expect(problem?.description.contains("model.unk_token is \"a\"") == true)
  }

  @Test func `a byte without a token is dropped, as the library drops it`() throws {
    let tokenizer = try DemoTokenizerFile.changed { file in
      file["added_tokens"] = [Any]()
      file["model"] =
        ["type": "BPE", "vocab": ["a": 0, "b": 1, "ab": 2], "merges": ["a b"]] as [String: Any]
    }
    #expect(tokenizer.encode("acb") == [2])
  }

  @Test func `added tokens take white space and need word borders as they say`() throws {
    let tokenizer = try DemoTokenizerFile.changed { file in
      let flags = ["lstrip", "rstrip", "single_word"]
      file["added_tokens"] = flags.enumerated().map { index, flag in
        var token: [String: Any] = [
          "id": 4096 + index, "content": "<\(index)>", "single_word": false, "lstrip": false,
          "rstrip": false, "normalized": false, "special": true,
        ]
        token[flag] = true
        return token
      }
    }
    let letter = tokenizer.encode("a")
    #expect(tokenizer.encode("a \n<0>") == letter + [4096])
    #expect(tokenizer.encode("<1>  a") == [4097] + letter)
    #expect(tokenizer.encode("<2>") == [4098])
    #expect(!tokenizer.encode("a<2>").contains(4098))
  }

  @Test func `merges that the vocabulary lacks are named`() throws {
    #expect(
      try modelProblem("merges", [["a", "☃"]])
        == .tokenizer(
          file: "tokenizer.json", part: "model.merges",
          .invalid("merges \"a\" and \"☃\", which the vocabulary lacks")))
    #expect(
      try modelProblem("merges", ["a b c"])
        == .tokenizer(
          file: "tokenizer.json", part: "model.merges",
          .invalid("has an entry that is no pair of tokens: \"a b c\"")))
  }

  @Test func `missing parts are named`() throws {
    #expect(
      try modelProblem("merges", Any?.none)
        == .tokenizer(file: "tokenizer.json", part: "model.merges", .missing))
    #expect(
      try problem("model", Any?.none)
        == .tokenizer(file: "tokenizer.json", part: "model", .missing))
  }

  @Test func `an id that is no sensible number is named`() throws {
    for id in [-1, 1 << 40] {
      #expect(
        try modelProblem("vocab", ["a": id])
          == .tokenizer(
            file: "tokenizer.json", part: "model.vocab",
            .invalid("has no valid id for token \"a\"")))
    }
  }

  @Test func `one id for two tokens is refused`() throws {
    #expect(
      try modelProblem("vocab", ["a": 0, "b": 0])
        == .tokenizer(
          file: "tokenizer.json", part: "model.vocab", .invalid("gives one id to two tokens")))
  }

  @Test func `texts that look the same but are composed differently are two tokens`() throws {
    let tokenizer = try DemoTokenizerFile.changed { file in
      let common: [String: Any] = [
        "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
        "special": false,
      ]
      file["added_tokens"] = ["o\u{308}!", "\u{F6}!"].enumerated().map { index, content in
        common.merging(["id": 4096 + index, "content": content]) { $1 }
      }
    }
    #expect(tokenizer.encode("\u{F6}!o\u{308}!") == [4097, 4096])
    #expect(tokenizer.vocabularySize == 4098)
  }

  @Test func `a folder without a tokenizer is refused`() throws {
    let path = TestFolders.fixtures.appending(path: "olmoe").path
    #expect(throws: CheckpointError.file(path: path, .lacks("tokenizer.json"))) {
      try Tokenizer(folder: path)
    }
  }

  @Test(arguments: 0..<UInt64(10))
  func `damaged files are refused or read, never a crash`(seed: UInt64) throws {
    let source = TestFolders.fixtures.appending(path: "tokenizer-probe.json")
    let original = [UInt8](try Data(contentsOf: source))
    var generator = SeededGenerator(seed: seed)
    let folder = try ScratchFolder()
    for _ in 0..<20 {
      var bytes = original
      if Bool.random(using: &generator) {
        bytes = Array(bytes.prefix(Int.random(in: 1..<bytes.count, using: &generator)))
      }
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
          in: 0x20...0x7E, using: &generator)
      }
      try folder.write(bytes, to: "x")
      do throws(CheckpointError) {
        let tokenizer = try Tokenizer(file: folder.path("x"))
        _ = tokenizer.decode(tokenizer.encode("a1! some text"))
      } catch {
        #expect(error.description.hasPrefix(folder.path("x") + ": "), "seed \(seed)")
      }
    }
  }
}
