import Checkpoint
import Foundation
import Model
import TestSupport
import Testing

@Suite struct SafetensorsFileTests {
  private let reference = TestFolders.fixtures.appending(path: "olmoe/reference.safetensors").path

  @Test func `tokens and activations of the reference are copied out`() throws {
    let file = try SafetensorsFile(path: reference)
    let ids = try file.integers(named: "input_ids")
    #expect(ids.count == 2 * 24)
    #expect(ids.allSatisfy { (0..<256).contains($0) })
    let logits = try file.floats(named: "logits")
    #expect(logits.count == 2 * 24 * 256)
    #expect(logits.allSatisfy { $0.isFinite })
    #expect(try file.floats(named: "loss").count == 1)
  }

  @Test func `a tensor that is not there is named`() throws {
    let file = try SafetensorsFile(path: reference)
    #expect(throws: CheckpointError.tensor(file: reference, tensor: "nope", .missing)) {
      try file.floats(named: "nope")
    }
  }

  @Test func `a tensor of another type is refused`() throws {
    let file = try SafetensorsFile(path: reference)
    let expected = CheckpointError.tensor(
      file: reference, tensor: "input_ids", .type(found: .int64, expected: "F32, F16 or BF16"))
    #expect(throws: expected) { try file.floats(named: "input_ids") }
    #expect(throws: CheckpointError.self) { try file.integers(named: "logits") }
  }

  @Test func `what the writer writes is read back, aligned`() throws {
    let folder = try ScratchFolder()
    let path = folder.path("out.safetensors")
    try SafetensorsWriter.write(
      [
        .init(
          name: "half", type: .float16, shape: [3], bytes: [0x00, 0x3C, 0x00, 0xC0, 0x01, 0x00]),
        .init(name: "brain", type: .bfloat16, shape: [1, 1], bytes: [0x80, 0x3F]),
        .init(name: "with \"quotes\"\n", shape: [2], floats: [1.5, -0.25]),
        .init(name: "ids", shape: [2], integers: [-1, 1 << 40]),
      ], metadata: ["format": "pt", "é\t": "日本"], to: path)
    let file = try SafetensorsFile(path: path)
    #expect(try file.floats(named: "half") == [1, -2, 0x1p-24])
    #expect(try file.floats(named: "brain") == [1])
    #expect(try file.floats(named: "with \"quotes\"\n") == [1.5, -0.25])
    #expect(try file.integers(named: "ids") == [-1, 1 << 40])
    #expect(file.metadata == ["format": "pt", "é\t": "日本"])
    #expect(file.entries.map(\.name) == ["ids", "with \"quotes\"\n", "brain", "half"])
    for entry in file.entries { #expect(entry.range.lowerBound % entry.type.byteCount == 0) }
  }

  @Test func `a file written again replaces the old one and leaves nothing else`() throws {
    let folder = try ScratchFolder()
    for value in [Float(1), 2] {
      try SafetensorsWriter.write(
        [.init(name: "x", shape: [1], floats: [value])], to: folder.path("x.safetensors"))
    }
    #expect(try SafetensorsFile(path: folder.path("x.safetensors")).floats(named: "x") == [2])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x.safetensors"])
  }

  @Test func `writing where nothing can be written names the file`() throws {
    let folder = try ScratchFolder()
    let path = folder.path("no/such/folder.safetensors")
    #expect(throws: CheckpointError.file(path: path, .missing)) {
      try SafetensorsWriter.write([], to: path)
    }
  }

  @Test func `released pages read the same afterwards`() throws {
    let file = try SafetensorsFile(path: reference)
    let before = try file.floats(named: "logits")
    file.mapped.releasePages(in: 0..<file.mapped.count)
    #expect(try file.floats(named: "logits") == before)
  }
}
