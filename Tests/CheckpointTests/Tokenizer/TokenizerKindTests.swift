import Checkpoint
import Foundation
import TestSupport
import Testing

@Suite struct TokenizerKindTests {
  private func hash(_ numbers: some Sequence<UInt64>) -> String {
    let hash = numbers.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
      ($0 ^ $1) &* 0x0000_0100_0000_01B3
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func fixture() throws -> [String: Any] {
    try jsonObject(at: TestFolders.fixtures.appending(path: "tokenizer-kinds.json"))
  }

  private func tokenizer(_ base: [String: Any], _ change: [String: Any]) throws -> Tokenizer {
    var file = base
    for (key, value) in change where key != "model" { file[key] = value }
    var model = file["model"] as? [String: Any] ?? [:]
    model.merge(change["model"] as? [String: Any] ?? [:]) { $1 }
    file["model"] = model
    let folder = try ScratchFolder()
    try folder.write([UInt8](JSONSerialization.data(withJSONObject: file)), to: "tokenizer.json")
    return try Tokenizer(file: folder.path("tokenizer.json"))
  }

  @Test func `every published kind is encoded and decoded as the library does it`() throws {
    let fixture = try Self.fixture()
    let texts = try #require(fixture["texts"] as? [String])
    let cases = try #require(fixture["cases"] as? [[String: Any]])
    let bases = [
      "demo": try jsonObject(at: TestFolders.demo.appending(path: "checkpoint/tokenizer.json")),
      "sentencepiece": try #require(fixture["sentencepiece"] as? [String: Any]),
    ]
    #expect(cases.count == 31)
    for item in cases {
      let name = try #require(item["name"] as? String)
      let base = try #require((item["base"] as? String).flatMap { bases[$0] })
      let tokenizer = try tokenizer(base, try #require(item["change"] as? [String: Any]))
      let ids = texts.map { tokenizer.encode($0, addingSpecialTokens: true) }
      let flat = ids.flatMap { [UInt64($0.count)] + $0.map { UInt64($0) } }
      #expect(flat.count == item["count"] as? Int, "\(name)")
      #expect(hash(flat) == item["ids"] as? String, "\(name)")
      let decoded = ids.map { tokenizer.decode($0) }.joined(separator: "\n")
      #expect(hash(decoded.utf8.map { UInt64($0) }) == item["decoded"] as? String, "\(name)")
    }
  }

  private func sentencepiece(_ change: [String: Any] = [:]) throws -> Tokenizer {
    let base = try #require(try Self.fixture()["sentencepiece"] as? [String: Any])
    return try tokenizer(base, change)
  }

  @Test func `special tokens of the template are added only on request`() throws {
    let tokenizer = try sentencepiece()
    let plain = tokenizer.encode("hello")
    #expect(tokenizer.encode("hello", addingSpecialTokens: true) == [1] + plain)
    #expect(tokenizer.decode([1] + plain, skippingSpecialTokens: true) == "hello")
    #expect(tokenizer.decode([1] + plain) == "<s> hello")
  }

  @Test func `a single piece of a megabyte ends in reasonable time`() throws {
    let tokenizer = try sentencepiece()
    let text = String(repeating: "abcdefghij", count: 100_000)
    let ids = tokenizer.encode(text)
    #expect(tokenizer.decode(ids) == text)
  }

  @Test func `an unknown pattern is refused, and its text is named`() throws {
    let split: [String: Any] = [
      "type": "Split", "pattern": ["Regex": "\\w+|\\W"], "behavior": "Isolated", "invert": false,
    ]
    let problem = try DemoTokenizerFile.problem { $0["pre_tokenizer"] = split }
    let supported = "the patterns of GPT-2, Llama 3, Qwen, DeepSeek, GLM-4 and gpt-oss"
    #expect(
      problem
        == .tokenizer(
          file: "tokenizer.json", part: "pre_tokenizer.pattern.Regex",
          .unsupported(value: "\"\\w+|\\W\"", supported: supported)))
  }

  @Test(arguments: ["[^a-z]+", "[[:alpha:]]", "[a-z&&[aeiou]]", "\\p{Han}+", "[a-z]*", "(a|b)"])
  func `a pattern that is close to a known one is refused, too`(regex: String) throws {
    let split: [String: Any] = [
      "type": "Split", "pattern": ["Regex": regex], "behavior": "Isolated", "invert": false,
    ]
    #expect(try DemoTokenizerFile.problem { $0["pre_tokenizer"] = split } != nil)
  }

  @Test func `a step after ByteLevel is refused`() throws {
    let byteLevel: [String: Any] = ["type": "ByteLevel", "add_prefix_space": false]
    let digits: [String: Any] = ["type": "Digits", "individual_digits": true]
    let problem = try DemoTokenizerFile.problem { file in
      file["pre_tokenizer"] = ["type": "Sequence", "pretokenizers": [byteLevel, digits]]
    }
    #expect(
      problem
        == .tokenizer(
          file: "tokenizer.json", part: "pre_tokenizer",
          .invalid("has a step after ByteLevel, which would cut between bytes")))
  }

  @Test func `an unknown token that is no token is named`() throws {
    #expect(throws: CheckpointError.self) {
      try sentencepiece(["model": ["unk_token": "<nothing>"]])
    }
  }

  @Test func `a template that names a token it does not give is refused`() throws {
    let template: [String: Any] = [
      "type": "TemplateProcessing", "special_tokens": [String: Any](), "pair": [Any](),
      "single": [
        ["SpecialToken": ["id": "<s>", "type_id": 0]], ["Sequence": ["id": "A", "type_id": 0]],
      ],
    ]
    let problem = try DemoTokenizerFile.problem { $0["post_processor"] = template }
    #expect(
      problem
        == .tokenizer(
          file: "tokenizer.json", part: "post_processor.special_tokens",
          .invalid("lacks \"<s>\"")))
  }
}
