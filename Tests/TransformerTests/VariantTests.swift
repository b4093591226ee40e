import Checkpoint
import Foundation
import Model
import Numerics
import TestSupport
import Testing
import Transformer

/// Settings that no fixture's own config has, against logits that transformers 5.23 computed:
/// `Tests/Fixtures/make-variants.py`.
struct VariantTests {
  struct Variant {
    var fixture: String
    var keys: [String: Any]
    var rows: [Int]
    var logits: [Float]
  }

  static let names = [
    "linear", "dynamic", "llama3", "yarn", "yarn-with-magnitudes", "longrope", "sliding-window",
    "some-layers-slide", "renormalised", "group-limited", "one-of-two-groups", "rope-in-halves",
    "groups-and-scale", "a-quarter-rotates", "another-limit", "all-experts", "wide-jitter",
  ]

  private func file() throws -> [String: Any] {
    let url = TestFolders.fixtures.appending(path: "variants.json")
    let value = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
    return try #require(value as? [String: Any])
  }

  private func variant(_ name: String) throws -> Variant {
    let all = try #require(try file()["variants"] as? [[String: Any]])
    #expect(all.count == Self.names.count)
    let found = try #require(all.first { $0["name"] as? String == name })
    return Variant(
      fixture: try #require(found["fixture"] as? String),
      keys: try #require(found["keys"] as? [String: Any]),
      rows: try #require(found["rows"] as? [Int]),
      logits: try #require(found["logits"] as? [Double]).map { Float($0) })
  }

  /// The fixture's weights beside a changed config.
  private func open(_ fixture: String, _ keys: [String: Any]) throws -> Checkpoint {
    let folder = try TestFolders.temporary()
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = TestFolders.fixtures.appending(path: fixture)
    for name in try FileManager.default.contentsOfDirectory(atPath: source.path)
    where name.hasPrefix("model") {
      try FileManager.default.copyItem(
        at: source.appending(path: name), to: folder.appending(path: name))
    }
    let config = try JSONSerialization.jsonObject(
      with: Data(contentsOf: source.appending(path: "config.json")))
    let merged = try #require(config as? [String: Any]).merging(keys) { $1 }
    try JSONSerialization.data(withJSONObject: merged)
      .write(to: folder.appending(path: "config.json"))
    return try Checkpoint.open(folder: folder.path)
  }

  private func logits(_ checkpoint: Checkpoint, _ batch: TokenBatch) throws -> Matrix {
    let pass = ForwardPass(spec: checkpoint.spec, weights: CheckpointWeights(checkpoint))
    return try pass.logits(of: pass.hiddenStates(of: batch))
  }

  private let ids = (0..<48).map { (7 * $0 * $0 + 3 * $0 + 11) % 256 }

  @Test(arguments: names)
  func `a setting that the fixtures lack gives the reference's logits`(_ name: String) throws {
    let variant = try variant(name)
    let checkpoint = try open(variant.fixture, variant.keys)
    let found = try logits(checkpoint, TokenBatch([ids]))
    let rows = variant.rows.flatMap { found.rows($0..<$0 + 1).array }
    #expect(largestDifference(rows, variant.logits) < 2e-4)
  }

  @Test(arguments: ["dynamic", "longrope"])
  func `a sequence's logits do not depend on the others of its batch`(_ name: String) throws {
    let variant = try variant(name)
    // Short sequences count as short beside long ones.
    var keys = variant.keys
    var rope = try #require(keys["rope_parameters"] as? [String: Any])
    rope["original_max_position_embeddings"] = 16
    keys["rope_parameters"] = rope
    let checkpoint = try open(variant.fixture, keys)
    let short = Array(ids[..<10])
    let alone = try logits(checkpoint, TokenBatch([short])).array
    let together = try logits(checkpoint, TokenBatch([ids, short])).rows(48..<58).array
    #expect(largestDifference(alone, together) < 1e-5)
  }

  @Test func `rotary frequencies are the reference's, for short and long sequences`() throws {
    let ropes = try #require(try file()["ropes"] as? [[String: Any]])
    #expect(ropes.count == 12)
    for rope in ropes {
      let keys = try #require(rope["keys"] as? [String: Any])
      let length = try #require(rope["length"] as? Int)
      let expected = try #require(rope["frequencies"] as? [Double])
      let spec = try open("qwen2_moe", keys).spec
      let found = spec.ropeScaling.frequencies(
        width: 2 * expected.count, theta: spec.ropeTheta, length: length)
      for (found, expected) in zip(found, expected) {
        #expect(abs(Double(found) - expected) <= 1e-6 * expected, "\(keys) at \(length)")
      }
      // What transformers calls the magnitude of LongRoPE leaves `short_mscale` out.
      guard case .longrope = spec.ropeScaling else {
        let magnitude = try #require(rope["magnitude"] as? Double)
        #expect(abs(Double(spec.ropeScaling.magnitude(length: length)) - magnitude) < 1e-6)
        continue
      }
      #expect(spec.ropeScaling.magnitude(length: length) == (length > 64 ? 1.3 : 1.1))
    }
  }

  @Test(arguments: Fixture.families)
  func `a sequence continued token by token has the same hidden states`(_ family: String) throws {
    let fixture = try Fixture(family)
    let pass = fixture.pass()
    let tokens = Array(ids[..<20])
    let whole = try pass.hiddenStates(of: TokenBatch([tokens]))
    let cache = KeyValueCache(fixture.spec, capacities: [20])
    var rows = try pass.append(TokenBatch([Array(tokens[..<13])]), to: cache, sequences: [0]).array
    for token in tokens[13...] {
      rows += try pass.append(TokenBatch([[token]]), to: cache, sequences: [0]).array
    }
    #expect(largestDifference(rows, whole.array) < 2e-5)
  }
}
