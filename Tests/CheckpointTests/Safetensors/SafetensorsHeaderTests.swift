import Checkpoint
import Foundation
import Model
import Numerics
import TestSupport
import Testing

@Suite struct SafetensorsHeaderTests {
  private func problem(of bytes: [UInt8]) throws -> CheckpointError? {
    let folder = try ScratchFolder()
    try folder.write(bytes, to: "x.safetensors")
    return failure { () throws(CheckpointError) in
      try SafetensorsFile(path: folder.path("x.safetensors"))
    }.map { $0.replacingFolder(folder.path) }
  }

  private func problem(header: String, data: Int) throws -> CheckpointError? {
    try problem(of: safetensors(header: header, data: data))
  }

  @Test func `a well-formed file lists its tensors in the order of their bytes`() throws {
    let folder = try ScratchFolder()
    let header = """
      {"b":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]},"__metadata__":{"format":"pt"},
      "a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},
      "empty":{"dtype":"F32","shape":[0,7],"data_offsets":[12,12]}}
      """
    try folder.write(safetensors(header: header, data: 12), to: "x.safetensors")
    let file = try SafetensorsFile(path: folder.path("x.safetensors"))
    #expect(file.entries.map(\.name) == ["a", "b", "empty"])
    #expect(file.entry(named: "b")?.shape == [1, 2])
    #expect(file.entry(named: "b")?.type == .float32)
    #expect(file.metadata == ["format": "pt"])
  }

  @Test func `a file shorter than the length field is refused with its size`() throws {
    #expect(
      try problem(of: [1, 2, 3])
        == .header(file: "x.safetensors", .shorterThanLengthField(size: 3)))
  }

  @Test func `a header longer than the file is refused`() throws {
    let bytes: [UInt8] = [200, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8)
    let problem = try problem(of: bytes)
    #expect(problem == .header(file: "x.safetensors", .longerThanFile(header: 200, size: 10)))
    #expect(
      problem?.description
        == "x.safetensors: the header claims 200 bytes but the whole file has 10; "
        + "the file is damaged or incomplete, download or write it again")
  }

  @Test func `an absurd header length does not overflow`() throws {
    let bytes = [UInt8](repeating: 0xFF, count: 16)
    #expect(
      try problem(of: bytes)
        == .header(file: "x.safetensors", .longerThanFile(header: .max, size: 16)))
  }

  @Test func `a header above the format's limit is refused even if the file is that long`() throws {
    let folder = try ScratchFolder()
    // 100,000,001 bytes, little-endian.
    try folder.write([0x01, 0xE1, 0xF5, 0x05, 0, 0, 0, 0], to: "x.safetensors")
    let handle = try FileHandle(forWritingTo: folder.url.appending(path: "x.safetensors"))
    try handle.truncate(atOffset: 200_000_000)
    let found = failure { () throws(CheckpointError) in
      try SafetensorsFile(path: folder.path("x.safetensors"))
    }
    #expect(
      found
        == .header(
          file: folder.path("x.safetensors"), .tooLong(header: 100_000_001, limit: 100_000_000)))
  }

  @Test func `a Git LFS pointer is recognised`() throws {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    let problem = try problem(of: Array(pointer.utf8))
    #expect(problem == .header(file: "x.safetensors", .largeFilePointer))
    #expect(problem?.description.contains("git lfs pull") == true)
  }

  @Test func `a header that is not JSON names the byte`() throws {
    guard case .json("x.safetensors", let byte, _) = try problem(header: "{\"a\":nope}", data: 0)
    else {
      Issue.record("no JSON error")
      return
    }
    #expect(byte == 6)
  }

  @Test func `a header with invalid UTF-8 is refused`() throws {
    let header: [UInt8] = Array("{\"".utf8) + [0xC3, 0x28] + Array("\":1}".utf8)
    let problem = try problem(of: [UInt8(header.count), 0, 0, 0, 0, 0, 0, 0] + header)
    #expect(problem?.description.contains("UTF-8") == true)
  }

  @Test func `a header that is no object is refused`() throws {
    #expect(try problem(header: "[]", data: 0) == .header(file: "x.safetensors", .notAnObject))
  }

  @Test func `metadata other than texts is refused`() throws {
    #expect(
      try problem(header: "{\"__metadata__\":{\"a\":1}}", data: 0)
        == .header(file: "x.safetensors", .metadataNotStrings))
  }

  @Test(arguments: [
    (#""dtype":"F33","shape":[1],"data_offsets":[0,4]"#, TensorProblem.unknownType("F33")),
    (
      #""shape":[1],"data_offsets":[0,4]"#, .field("dtype", expected: "the name of a type")
    ),
    (
      #""dtype":"F32","shape":[-1],"data_offsets":[0,4]"#,
      .field("shape", expected: "a list of whole numbers, none negative")
    ),
    (
      #""dtype":"F32","shape":[1.0],"data_offsets":[0,4]"#,
      .field("shape", expected: "a list of whole numbers, none negative")
    ),
    (
      #""dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]"#,
      .shapeOverflows([4_611_686_018_427_387_904, 4])
    ),
    (
      #""dtype":"F32","shape":[1],"data_offsets":[0,4,8]"#,
      .field("data_offsets", expected: "a list of two whole numbers")
    ),
    (
      #""dtype":"F32","shape":[1],"data_offsets":[0,99999999999999999999]"#,
      .field("data_offsets", expected: "a list of whole numbers, none negative")
    ),
    (#""dtype":"F32","shape":[1],"data_offsets":[4,0]"#, .offsetsReversed(begin: 4, end: 0)),
    (#""dtype":"F32","shape":[3],"data_offsets":[0,12]"#, .outOfRange(end: 12, available: 4)),
    (#""dtype":"F32","shape":[1],"data_offsets":[0,2]"#, .sizeMismatch(bytes: 2, expected: 4)),
  ])
  func `a tensor described wrongly is named with the reason`(
    description: String, expected: TensorProblem
  ) throws {
    #expect(
      try problem(header: "{\"w\":{\(description)}}", data: 4)
        == .tensor(file: "x.safetensors", tensor: "w", expected))
  }

  @Test func `a truncated file names the tensor and the missing bytes`() throws {
    let problem = try problem(
      header: #"{"w":{"dtype":"F32","shape":[25],"data_offsets":[0,100]}}"#, data: 70)
    #expect(
      problem?.description
        == "x.safetensors: tensor \"w\" ends at byte 100 of the data, which has 70 "
        + "(30 bytes are missing); the file is damaged or incomplete, download or write it again")
  }

  @Test func `overlapping tensors are refused, both named`() throws {
    let header = """
      {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
      "b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}
      """
    #expect(
      try problem(header: header, data: 12)
        == .tensor(file: "x.safetensors", tensor: "b", .overlaps("a")))
  }

  @Test func `bytes between tensors are refused`() throws {
    let header = """
      {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
      "b":{"dtype":"F32","shape":[1],"data_offsets":[6,10]}}
      """
    #expect(
      try problem(header: header, data: 10)
        == .header(file: "x.safetensors", .hole(before: "b", bytes: 2)))
  }

  @Test func `bytes after the last tensor are refused`() throws {
    let header = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    #expect(
      try problem(header: header, data: 7) == .header(file: "x.safetensors", .trailing(bytes: 3)))
  }

  @Test func `a tensor listed twice is refused`() throws {
    let header = """
      {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
      "a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}
      """
    #expect(
      try problem(header: header, data: 8) == .header(file: "x.safetensors", .duplicateTensor("a")))
  }

  @Test func `a tensor's name cannot write to the terminal`() throws {
    let problem = try problem(
      header: #"{"\u001b[31mred\n":{"dtype":"F32","shape":[1],"data_offsets":[0,2]}}"#, data: 2)
    #expect(problem?.description.contains(#"tensor "\u{1b}[31mred\u{a}" takes"#) == true)
  }

  @Test func `nesting without end is refused`() throws {
    let problem = try problem(header: String(repeating: "[", count: 100_000), data: 0)
    #expect(problem?.description.contains("nested too deeply") == true)
  }

  @Test(arguments: 0..<UInt64(20))
  func `damaged files are refused or read, never a crash`(seed: UInt64) throws {
    let source = TestFolders.fixtures.appending(path: "olmoe/reference.safetensors")
    let original = [UInt8](try Data(contentsOf: source))
    var generator = SeededGenerator(seed: seed)
    let folder = try ScratchFolder()
    for _ in 0..<20 {
      var bytes = Array(original.prefix(Int.random(in: 1...2_000, using: &generator)))
      if Bool.random(using: &generator) { bytes = original }
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let index = Int.random(in: 0..<min(800, bytes.count), using: &generator)
        bytes[index] = UInt8.random(in: 0...255, using: &generator)
      }
      try folder.write(bytes, to: "x")
      let problem = failure { () throws(CheckpointError) in
        try SafetensorsFile(path: folder.path("x"))
      }
      if let problem {
        #expect(problem.description.hasPrefix(folder.path("x") + ": "), "seed \(seed)")
      }
    }
  }
}

extension CheckpointError {
  /// The same problem, with the file's name only.
  func replacingFolder(_ folder: String) -> CheckpointError {
    func short(_ file: String) -> String { file.replacing(folder + "/", with: "") }
    return switch self {
    case .file(let path, let problem): .file(path: short(path), problem)
    case .json(let file, let byte, let reason):
      .json(file: short(file), byte: byte, reason: reason)
    case .header(let file, let problem): .header(file: short(file), problem)
    case .tensor(let file, let tensor, let problem):
      .tensor(file: short(file), tensor: tensor, problem)
    case .index(let file, let problem): .index(file: short(file), problem)
    case .config(let file, let key, let problem): .config(file: short(file), key: key, problem)
    case .family(let file, let modelType, let supported):
      .family(file: short(file), modelType: modelType, supported: supported)
    case .tokenizer(let file, let part, let problem):
      .tokenizer(file: short(file), part: part, problem)
    case .tokens(let file, let problem): .tokens(file: short(file), problem)
    case .gguf(let file, let problem): .gguf(file: short(file), problem)
    case .metadata(let file, let key, let problem):
      .metadata(file: short(file), key: key, problem)
    case .architecture(let file, let name, let problem, let supported):
      .architecture(file: short(file), name: name, problem, supported: supported)
    }
  }
}
