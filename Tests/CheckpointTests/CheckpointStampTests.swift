import Checkpoint
import Foundation
import TestSupport
import Testing

@Suite struct CheckpointStampTests {
  @Test func `reading a checkpoint leaves its stamp, and so does a plan saved beside it`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    let before = try CheckpointStamp(of: copy.path)
    _ = try copy.open()
    try copy.folder.write("{}", to: "plan.json")
    #expect(try CheckpointStamp(of: copy.path) == before)
  }

  @Test func `other weights of the same size under the same name are noticed`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    let before = try CheckpointStamp(of: copy.path)
    let file = copy.folder.url.appending(path: "model.safetensors")
    let weights = try Data(contentsOf: file)
    // Atomic writing renames a new file over the old one, as downloads and training runs do.
    try weights.write(to: file, options: .atomic)
    #expect(try CheckpointStamp(of: copy.path) != before)
  }

  @Test func `an edited config and an added shard are noticed`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    let before = try CheckpointStamp(of: copy.path)
    try copy.edit("config.json", ["rope_theta": 20000.0])
    let edited = try CheckpointStamp(of: copy.path)
    #expect(edited != before)
    try copy.folder.write("x", to: "model-2.safetensors")
    #expect(try CheckpointStamp(of: copy.path) != edited)
  }

  @Test func `a GGUF file has a stamp of its own, which another file under its name changes`()
    throws
  {
    let copy = try CheckpointCopy(of: "olmoe")
    let file = copy.folder.url.appending(path: "model.gguf")
    try Data("GGUF".utf8).write(to: file)
    let before = try CheckpointStamp(of: file.path)
    try copy.edit("config.json", ["rope_theta": 20000.0])
    #expect(try CheckpointStamp(of: file.path) == before)
    try Data("GGUF".utf8).write(to: file, options: .atomic)
    #expect(try CheckpointStamp(of: file.path) != before)
  }

  @Test func `a folder that is not there is named`() {
    let error = failure { () throws(CheckpointError) in
      try CheckpointStamp(of: "/nonexistent/model")
    }
    #expect(error.map { "\($0)" }?.contains("/nonexistent/model") == true)
  }
}
