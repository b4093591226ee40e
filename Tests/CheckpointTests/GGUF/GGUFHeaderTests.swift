import Checkpoint
import Foundation
import Model
import Numerics
import TestSupport
import Testing

/// Damaged, foreign and hostile GGUF files: one sentence each, which names the file.
@Suite struct GGUFHeaderTests {
  private func problem(of bytes: [UInt8]) throws -> CheckpointError? {
    let folder = try ScratchFolder()
    try folder.write(bytes, to: "x.gguf")
    return failure { () throws(CheckpointError) in
      try Checkpoint.open(folder: folder.path("x.gguf"))
    }.map { $0.replacingFolder(folder.path) }
  }

  private func problem(_ change: (inout GGUFBytes) -> Void) throws -> CheckpointError? {
    var bytes = GGUFBytes()
    bytes.values = [("general.architecture", .text("olmoe"))]
    bytes.tensors = [GGUFBytes.Tensor(name: "a", dimensions: [8], data: zeros(32))]
    change(&bytes)
    return try problem(of: bytes.bytes)
  }

  private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  private func tensor(_ change: (inout GGUFBytes.Tensor) -> Void) throws -> CheckpointError? {
    try problem { change(&$0.tensors[0]) }
  }

  @Test func `a file of another kind is refused`() throws {
    let problem = try problem { $0.magic = Array("GGML".utf8) }
    #expect(problem == .gguf(file: "x.gguf", .noMagic))
    #expect(
      problem?.description
        == "x.gguf: is not a GGUF file; name a .gguf file, or a folder in Hugging Face layout")
    #expect(try self.problem(of: [1, 2]) == .gguf(file: "x.gguf", .noMagic))
  }

  @Test func `a Git LFS pointer is recognised`() throws {
    let pointer = Array("version https://git-lfs.github.com/spec/v1\noid sha256:00\n".utf8)
    #expect(try problem(of: pointer) == .gguf(file: "x.gguf", .largeFilePointer))
  }

  @Test(arguments: [UInt32(0x0300_0000), 0x0200_0000])
  func `a big-endian file is recognised`(version: UInt32) throws {
    #expect(try problem { $0.version = version } == .gguf(file: "x.gguf", .bigEndian))
  }

  @Test(arguments: [UInt32(1), 4, 99]) func `other versions are named`(version: UInt32) throws {
    let problem = try problem { $0.version = version }
    #expect(problem == .gguf(file: "x.gguf", .version(version)))
    #expect(problem?.description.contains("version \(version), only 2 and 3") == true)
  }

  @Test func `version 2 is read`() throws {
    let problem = try problem { $0.version = 2 }
    #expect(
      problem
        == .architecture(
          file: "x.gguf", name: "olmoe", .noExperts, supported: Self.architectures))
  }

  private static let architectures = [
    "deepseek", "deepseek2", "glm4moe", "gpt-oss", "granitemoe", "llama", "olmoe", "phimoe",
    "qwen2moe", "qwen3moe",
  ]

  @Test func `absurd counts allocate nothing`() throws {
    for count: UInt64 in [100, 1 << 40, .max] {
      #expect(
        try problem { $0.tensorCount = count }
          == .gguf(file: "x.gguf", .impossibleCount(of: "tensors", count)))
      #expect(
        try problem { $0.valueCount = count }
          == .gguf(file: "x.gguf", .impossibleCount(of: "metadata values", count)))
    }
    let list = GGUFBytes.bytes(UInt32(4)) + GGUFBytes.bytes(UInt64(1) << 61)
    #expect(
      try problem { $0.values = [("k", .raw(9, list))] }
        == .gguf(file: "x.gguf", .impossibleCount(of: "elements of k", 1 << 61)))
  }

  @Test func `a file cut anywhere in its header says so`() throws {
    var bytes = GGUFBytes()
    bytes.values = [
      ("general.architecture", .text("olmoe")), ("list", .texts(["a", "bc"])),
      ("numbers", .floats([1, 2, 3])),
    ]
    bytes.tensors = [GGUFBytes.Tensor(name: "a", dimensions: [8], data: zeros(32))]
    let whole = bytes.bytes
    for length in 4..<whole.count - 32 {
      let problem = try problem(of: Array(whole.prefix(length)))
      switch problem {
      case .gguf(_, .endsInHeader(length)), .gguf(_, .impossibleCount), .tensor(_, "a", _): break
      default: Issue.record("\(length) bytes: \(problem.map { "\($0)" } ?? "nothing")")
      }
    }
  }

  @Test func `a file cut in its data names the tensor and the missing bytes`() throws {
    let problem = try tensor { $0.data = Array($0.data.prefix(0)) }
    #expect(
      problem == .tensor(file: "x.gguf", tensor: "a", .outOfRange(end: 32, available: 0)))
    #expect(problem?.description.contains("32 bytes are missing") == true)
  }

  @Test func `offsets outside the file are refused, however large`() throws {
    for offset: UInt64 in [32, 1 << 50, .max - 31] {
      let problem = try tensor { $0.offset = offset }
      guard case .tensor("x.gguf", "a", .outOfRange) = problem else {
        Issue.record("\(offset): \(problem.map { "\($0)" } ?? "nothing")")
        continue
      }
    }
  }

  @Test func `shapes that no memory holds are refused`() throws {
    for dimensions: [UInt64] in [[.max], [1 << 40, 1 << 40], [0], [1 << 62, 4]] {
      let problem = try tensor { $0.dimensions = dimensions }
      guard case .tensor("x.gguf", "a", .shapeOverflows) = problem else {
        Issue.record("\(dimensions): \(problem.map { "\($0)" } ?? "nothing")")
        continue
      }
    }
  }

  @Test func `overlapping tensors are named`() throws {
    let problem = try problem {
      $0.tensors.append(
        GGUFBytes.Tensor(name: "b", dimensions: [16], offset: 0, data: zeros(64)))
    }
    #expect(problem == .tensor(file: "x.gguf", tensor: "b", .overlaps("a")))
  }

  @Test func `two tensors of one name are refused`() throws {
    let problem = try problem { $0.tensors.append($0.tensors[0]) }
    #expect(problem == .gguf(file: "x.gguf", .duplicateTensor("a")))
  }

  @Test func `two values of one key are refused`() throws {
    let problem = try problem { $0.values.append($0.values[0]) }
    #expect(problem == .gguf(file: "x.gguf", .duplicateKey("general.architecture")))
  }

  @Test func `a tensor off the alignment is named`() throws {
    #expect(
      try tensor { $0.offset = 4 }
        == .tensor(file: "x.gguf", tensor: "a", .gguf(.misaligned(offset: 4, alignment: 32))))
  }

  @Test func `another alignment is followed, and must be one`() throws {
    let problem = try problem {
      $0.alignment = 64
      $0.values.append(("general.alignment", .uint32(64)))
      $0.tensors.append(
        GGUFBytes.Tensor(name: "b", dimensions: [8], offset: 32, data: zeros(32)))
    }
    #expect(
      problem
        == .tensor(file: "x.gguf", tensor: "b", .gguf(.misaligned(offset: 32, alignment: 64))))
    for wrong in [UInt32(0), 24, 1 << 30] {
      let problem = try self.problem { $0.values.append(("general.alignment", .uint32(wrong))) }
      guard case .metadata("x.gguf", "general.alignment", .wrongType) = problem else {
        Issue.record("\(wrong): \(problem.map { "\($0)" } ?? "nothing")")
        continue
      }
    }
  }

  @Test func `types that ggml does not have are named by number`() throws {
    for number in [UInt32(4), 31, 200] {
      #expect(
        try tensor { $0.type = number }
          == .tensor(file: "x.gguf", tensor: "a", .gguf(.unknownType(number))))
    }
    #expect(
      try problem { $0.values = [("k", .raw(13, []))] }
        == .gguf(file: "x.gguf", .unknownValueType(key: "k", 13)))
  }

  @Test func `rows that do not fill blocks are refused`() throws {
    #expect(
      try tensor { $0.type = 2 }
        == .tensor(
          file: "x.gguf", tensor: "a",
          .gguf(.brokenBlocks(width: 8, type: "Q4_0", elements: 32))))
  }

  @Test(arguments: [0, 5]) func `no tensor has so many dimensions`(count: Int) throws {
    let problem = try tensor { $0.dimensions = Array(repeating: 1, count: count) }
    #expect(problem == .tensor(file: "x.gguf", tensor: "a", .gguf(.dimensions(count))))
  }

  @Test func `lists in lists end somewhere`() throws {
    var bytes: [UInt8] = []
    for _ in 0..<1000 { bytes += GGUFBytes.bytes(UInt32(9)) + GGUFBytes.bytes(UInt64(1)) }
    let problem = try problem { $0.values = [("k", .raw(9, bytes))] }
    #expect(problem == .gguf(file: "x.gguf", .nestedTooDeep(key: "k")))
  }

  @Test func `names that are no text are refused, control characters escaped`() throws {
    let problem = try problem { $0.values = [("\u{1B}[2Jk", .raw(13, []))] }
    #expect(problem?.description.contains("\u{1B}") == false)
    var bytes = GGUFBytes()
    bytes.values = [("kk", .bool(true))]
    var raw = bytes.bytes
    let place = try #require(raw.firstRange(of: Array("kk".utf8))).lowerBound
    raw[place] = 0xFF
    #expect(try self.problem(of: raw) == .gguf(file: "x.gguf", .nameNotText(of: "key", byte: 24)))
  }

  @Test(arguments: 0..<UInt64(20))
  func `damaged files are refused or read, never a crash`(seed: UInt64) throws {
    let source = TestFolders.fixtures.appending(path: "gguf/quantised.gguf")
    let original = [UInt8](try Data(contentsOf: source))
    var generator = SeededGenerator(seed: seed)
    let folder = try ScratchFolder()
    for _ in 0..<20 {
      var bytes = Array(original.prefix(Int.random(in: 1...3_000, using: &generator)))
      if Bool.random(using: &generator) { bytes = original }
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let index = Int.random(in: 0..<min(1_700, bytes.count), using: &generator)
        bytes[index] = UInt8.random(in: 0...255, using: &generator)
      }
      try folder.write(bytes, to: "x.gguf")
      let problem = failure { () throws(CheckpointError) in
        try Checkpoint.open(folder: folder.path("x.gguf"))
      }
      if let problem {
        #expect(problem.description.hasPrefix(folder.path("x.gguf") + ": "), "seed \(seed)")
      }
    }
  }
}
