import Checkpoint
import Foundation
import TestSupport
import Testing

@Suite struct FolderStampTests {
  @Test func `reading a checkpoint leaves its stamp, and so does a plan saved beside it`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    let before = try FolderStamp(of: copy.path)
    _ = try copy.open()
    try copy.folder.write("{}", to: "plan.json")
    #expect(try FolderStamp(of: copy.path) == before)
  }

  @Test func `other weights of the same size under the same name are noticed`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    let before = try FolderStamp(of: copy.path)
    let file = copy.folder.url.appending(path: "model.safetensors")
    let weights = try Data(contentsOf: file)
    // Atomic writing renames a new file over the old one, as downloads and training runs do.
    try weights.write(to: file, options: .atomic)
    #expect(try FolderStamp(of: copy.path) != before)
  }

  @Test func `an edited config and an added shard are noticed`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    let before = try FolderStamp(of: copy.path)
    try copy.edit("config.json", ["rope_theta": 20000.0])
    let edited = try FolderStamp(of: copy.path)
    #expect(edited != before)
    try copy.folder.write("x", to: "model-2.safetensors")
    #expect(try FolderStamp(of: copy.path) != edited)
  }

  @Test func `a folder that is not there is named`() {
    let error = failure { () throws(CheckpointError) in try FolderStamp(of: "/nonexistent/model") }
    #expect(error.map { "\($0)" }?.contains("/nonexistent/model") == true)
  }
}
