import Checkpoint
import Foundation
import Numerics
import TestSupport
import Testing

@Suite struct TokenizerTests {
  private static func demo() throws -> Tokenizer {
    try Tokenizer(folder: TestFolders.demo.appending(path: "checkpoint").path)
  }

  private func fixture<Value: Decodable>(_ name: String, _: Value.Type) throws -> Value {
    let data = try Data(contentsOf: TestFolders.fixtures.appending(path: name))
    return try JSONDecoder().decode(Value.self, from: data)
  }

  private struct Case: Decodable {
    var text: String
    var ids: [Int32]
    var decoded: String
  }

  @Test func `every case of the library is encoded and decoded alike`() throws {
    let tokenizer = try Self.demo()
    let cases = try fixture("tokenizer-cases.json", [Case].self)
    #expect(cases.count == 59)
    for item in cases {
      #expect(tokenizer.encode(item.text) == item.ids, "\(item.text.debugDescription)")
      #expect(tokenizer.decode(item.ids) == item.decoded, "\(item.text.debugDescription)")
    }
  }

  private struct Summary: Decodable, Equatable {
    var count: Int
    var hash: String

    init(_ ids: [Int32]) {
      count = ids.count
      let hash = ids.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
        ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
      }
      let digits = String(hash, radix: 16)
      self.hash = String(repeating: "0", count: 16 - digits.count) + digits
    }
  }

  private struct Hashes: Decodable {
    var texts: [String: Summary]
    var characters: Summary
  }

  @Test func `the bundled texts are encoded as the library encodes them, and back`() throws {
    let tokenizer = try Self.demo()
    let hashes = try fixture("tokenizer-hashes.json", Hashes.self)
    #expect(hashes.texts.count == 11)
    for (name, expected) in hashes.texts {
      let url = TestFolders.demo.appending(path: "texts/\(name)")
      let text = try String(contentsOf: url, encoding: .utf8)
      let ids = tokenizer.encode(text)
      #expect(Summary(ids) == expected, "\(name)")
      #expect(tokenizer.decode(ids) == text, "\(name)")
    }
  }

  @Test func `every character is a letter, number, space or sign as for the library`() throws {
    let probe = try Tokenizer(
      file: TestFolders.fixtures.appending(path: "tokenizer-probe.json").path)
    var bytes: [UInt8] = []
    for scalar in (UInt32(0)..<0x30000).compactMap(Unicode.Scalar.init) {
      for neighbour: Unicode.Scalar in ["a", "1", "!"] {
        bytes += UTF8.encode(neighbour).map(Array.init) ?? []
        bytes += UTF8.encode(scalar).map(Array.init) ?? []
      }
      bytes.append(UInt8(ascii: "\n"))
    }
    let text = String(decoding: bytes, as: UTF8.self)
    let expected = try fixture("tokenizer-hashes.json", Hashes.self).characters
    #expect(Summary(probe.encode(text)) == expected)
  }

  @Test func `every supported kind of file is encoded as the library encodes it`() throws {
    let fixture = try jsonObject(
      at: TestFolders.fixtures.appending(path: "tokenizer-variants.json"))
    let texts = try #require(fixture["texts"] as? [String])
    let variants = try #require(fixture["variants"] as? [[String: Any]])
    #expect(variants.count == 10)
    for variant in variants {
      let change = try #require(variant["change"] as? [String: Any])
      let tokenizer = try DemoTokenizerFile.changed { file in
        for (key, value) in change where key != "model" && key != "merges_as_texts" {
          file[key] = value
        }
        var model = file["model"] as? [String: Any] ?? [:]
        model.merge(change["model"] as? [String: Any] ?? [:]) { $1 }
        if change["merges_as_texts"] != nil, let merges = model["merges"] as? [[String]] {
          model["merges"] = merges.map { $0.joined(separator: " ") }
        }
        file["model"] = model
      }
      let ids = try #require(variant["ids"] as? [[Int]])
      for (text, expected) in zip(texts, ids) {
        #expect(
          tokenizer.encode(text).map(Int.init) == expected,
          "\(variant["name"] ?? ""): \(text.debugDescription)")
      }
    }
  }

  @Test func `special tokens are left out on request, unknown ids always`() throws {
    let tokenizer = try Self.demo()
    let ids: [Int32] = [66, 0, 67, 5000, -1, 1]
    #expect(tokenizer.decode(ids) == "a<|endoftext|>b<|pad|>")
    #expect(tokenizer.decode(ids, skippingSpecialTokens: true) == "ab")
  }

  @Test func `half a character decodes to a replacement character, its bytes are kept`() throws {
    let tokenizer = try Self.demo()
    let ids = tokenizer.encode("é")
    #expect(ids.count == 2)
    #expect(tokenizer.decode(ids.prefix(1)) == "\u{FFFD}")
    #expect(tokenizer.bytes(of: ids.prefix(1)) == [0xC3])
  }

  @Test func `the end of text and the size of the vocabulary are known`() throws {
    let tokenizer = try Self.demo()
    #expect(tokenizer.endOfText == 0)
    #expect(tokenizer.vocabularySize == 4096)
    #expect(tokenizer.id(of: "<|pad|>") == 1)
  }

  @Test func `the end of text comes from config where nothing names it`() throws {
    let folder = try ScratchFolder()
    let source = TestFolders.demo.appending(path: "checkpoint/tokenizer.json")
    try folder.write([UInt8](try Data(contentsOf: source)), to: "tokenizer.json")
    #expect(try Tokenizer(folder: folder.path).endOfText == nil)
    try folder.write("{\"eos_token_id\":[7,8]}", to: "config.json")
    #expect(try Tokenizer(folder: folder.path).endOfText == 7)
  }

  @Test func `a piece of a megabyte ends in reasonable time`() throws {
    let ids = try Self.demo().encode(String(repeating: "a", count: 1_000_000))
    #expect(try Self.demo().decode(ids).utf8.count == 1_000_000)
  }

  @Test(arguments: 0..<UInt64(10))
  func `decoding what was encoded gives the text back`(seed: UInt64) throws {
    let tokenizer = try Self.demo()
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<50 {
      var text = ""
      for _ in 0..<Int.random(in: 0...40, using: &generator) {
        let limit: UInt32 = Bool.random(using: &generator) ? 0x80 : 0x110000
        let code = UInt32.random(in: 0..<limit, using: &generator)
        if let scalar = Unicode.Scalar(code) { text.unicodeScalars.append(scalar) }
      }
      #expect(tokenizer.decode(tokenizer.encode(text)) == text, "seed \(seed)")
    }
  }
}
