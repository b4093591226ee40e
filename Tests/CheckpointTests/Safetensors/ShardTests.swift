import Checkpoint
import Foundation
import TestSupport
import Testing

@Suite struct ShardTests {
  private let index = "model.safetensors.index.json"

  private func damaged(_ damage: (CheckpointCopy) throws -> Void) throws -> CheckpointError? {
    let copy = try CheckpointCopy(of: "mixtral")
    try damage(copy)
    return failure { () throws(CheckpointError) in try copy.open() }?.replacingFolder(copy.path)
  }

  private func edited(_ change: (inout [String: Any]) -> Void) throws -> CheckpointError? {
    try damaged { copy in
      let object = try jsonObject(at: copy.folder.url.appending(path: index))
      var map = object["weight_map"] as? [String: Any] ?? [:]
      change(&map)
      try copy.edit(index, ["weight_map": map])
    }
  }

  @Test func `a missing shard is named`() throws {
    let problem = try damaged { try $0.remove("model-00003-of-00011.safetensors") }
    #expect(problem == .index(file: index, .missingShard("model-00003-of-00011.safetensors")))
    #expect(
      problem?.description
        == "\(index): names the file \"model-00003-of-00011.safetensors\", which is missing; "
        + "download the missing file")
  }

  @Test(arguments: ["../weights.safetensors", "/etc/passwd", "a/b", "..", ""])
  func `an index that points outside the folder is refused`(shard: String) throws {
    #expect(
      try edited { $0["lm_head.weight"] = shard }
        == .index(file: index, .outsideFolder(shard: shard)))
  }

  @Test func `a tensor that its shard lacks is named with the shard`() throws {
    #expect(
      try edited { $0["ghost"] = "model-00001-of-00011.safetensors" }
        == .tensor(
          file: "model-00001-of-00011.safetensors", tensor: "ghost", .absentFromShard))
  }

  @Test func `a tensor listed in the wrong shard is named with both`() throws {
    #expect(
      try edited { $0["lm_head.weight"] = "model-00001-of-00011.safetensors" }
        == .tensor(
          file: "model-00004-of-00011.safetensors", tensor: "lm_head.weight",
          .inAnotherShard(listed: "model-00001-of-00011.safetensors")))
  }

  @Test func `a tensor the index forgets is still found`() throws {
    #expect(try edited { $0["lm_head.weight"] = nil } == nil)
  }

  @Test func `a shard that is not a text is refused`() throws {
    #expect(
      try edited { $0["lm_head.weight"] = 4 }
        == .index(file: index, .shardNotAName(tensor: "lm_head.weight")))
  }

  @Test func `an index without a weight map is refused`() throws {
    #expect(
      try damaged { try $0.edit(index, ["weight_map": Any?.none]) }
        == .index(file: index, .noWeightMap))
  }

  @Test func `an index that is not JSON is refused`() throws {
    let problem = try damaged { try $0.folder.write("hello", to: index) }
    #expect(problem?.description.hasPrefix("\(index): is not valid JSON (byte 0: ") == true)
  }

  @Test func `a truncated shard is named`() throws {
    let shard = "model-00002-of-00011.safetensors"
    let problem = try damaged { copy in
      let bytes = [UInt8](try Data(contentsOf: copy.folder.url.appending(path: shard)))
      try copy.folder.write(Array(bytes.dropLast(10)), to: shard)
    }
    guard case .tensor(shard, _, .outOfRange(let end, let available)) = problem else {
      Issue.record("\(String(describing: problem))")
      return
    }
    #expect(end - available == 10)
  }
}
