import Checkpoint
import Foundation
import Model
import TestSupport
import Testing

@Suite struct FingerprintTests {
  @Test func `a copy elsewhere has the same fingerprint`() throws {
    let original = try Checkpoint.open(
      folder: TestFolders.fixtures.appending(path: "olmoe").path)
    #expect(try CheckpointCopy(of: "olmoe").open().spec.fingerprint == original.spec.fingerprint)
  }

  @Test func `merging the shards does not change it`() throws {
    let copy = try CheckpointCopy(of: "mixtral")
    let sharded = try copy.open().spec.fingerprint
    var tensors: [SafetensorsWriter.Tensor] = []
    for number in 1...11 {
      let digits = String(number)
      let name =
        "model-\(String(repeating: "0", count: 5 - digits.count))\(digits)-of-00011.safetensors"
      let file = try SafetensorsFile(path: copy.path(name))
      tensors += file.entries.map {
        .init(name: $0.name, type: $0.type, shape: $0.shape, bytes: file.bytes(of: $0))
      }
    }
    try SafetensorsWriter.write(tensors, to: copy.path("model.safetensors"))
    #expect(try copy.open().spec.fingerprint == sharded)
  }

  @Test func `another config is another model`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    let before = try copy.open().spec.fingerprint
    try copy.edit("config.json", ["rope_theta": 20000.0])
    #expect(try copy.open().spec.fingerprint != before)
  }

  @Test(arguments: ["self_attn", "mlp.experts", "mlp.gate.", "lm_head"])
  func `a fine-tune of some weights is another model`(part: String) throws {
    let copy = try CheckpointCopy(of: "olmoe")
    let before = try copy.open().spec.fingerprint
    try copy.rewriteWeights { tensors in
      for index in tensors.indices where tensors[index].name.contains(part) {
        for byte in stride(from: 0, to: tensors[index].bytes.count, by: 4) {
          tensors[index].bytes[byte] ^= 1
        }
      }
    }
    #expect(try copy.open().spec.fingerprint != before)
  }
}
