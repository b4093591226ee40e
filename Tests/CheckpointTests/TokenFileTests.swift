import Checkpoint
import Foundation
import TestSupport
import Testing

@Suite struct TokenFileTests {
  private func header(_ descr: String, _ shape: String, columns: Bool = false) -> String {
    "{'descr': \(descr), 'fortran_order': \(columns ? "True" : "False"), 'shape': \(shape), }\n"
  }

  private func array(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let text = Array(header.utf8)
    let length = (0..<(version == 1 ? 2 : 4)).map {
      UInt8(truncatingIfNeeded: text.count >> ($0 * 8))
    }
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + data
  }

  private func file(_ bytes: [UInt8], _ name: String = "ids.npy") throws -> TokenFile {
    let folder = try ScratchFolder()
    try folder.write(bytes, to: name)
    return try TokenFile(path: folder.path(name))
  }

  private func problem(_ bytes: [UInt8]) throws -> TokenFileProblem? {
    do {
      _ = try file(bytes)
      return nil
    } catch let error as CheckpointError {
      guard case .tokens(_, let problem) = error else { throw error }
      return problem
    }
  }

  @Test(arguments: [("'<i4'", 4), ("'<i8'", 8), ("'<u2'", 2), ("'<u4'", 4)])
  func `ids of every type are read, from both versions of the format`(
    type: String, size: Int
  ) throws {
    let data = [1, 0x0203].flatMap { id in (0..<size).map { UInt8(id >> ($0 * 8) & 0xFF) } }
    for version in [UInt8(1), 2] {
      let list = try file(array(header(type, "(2,)"), data, version: version))
      #expect(list.rows == [[1, 0x0203]])
      #expect(!list.isTable)
      let table = try file(array(header(type, "(2, 1)"), data, version: version))
      #expect(table.rows == [[1], [0x0203]])
      #expect(table.isTable)
    }
  }

  @Test func `the tensor input_ids of a safetensors file is read`() throws {
    let folder = try ScratchFolder()
    try SafetensorsWriter.write(
      [.init(name: "input_ids", shape: [2, 2], integers: [1, 2, 3, 4])],
      to: folder.path("ids.safetensors"))
    let file = try TokenFile(path: folder.path("ids.safetensors"))
    #expect(file.rows == [[1, 2], [3, 4]])
  }

  @Test func `an id outside the vocabulary is named, with the file`() throws {
    let file = try file(array(header("'<i4'", "(2,)"), [1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]))
    #expect(
      throws: CheckpointError.tokens(file: file.path, .outsideVocabulary(id: -1, size: 10))
    ) {
      try file.check(vocabulary: 10)
    }
  }

  @Test func `a damaged header is refused`() throws {
    #expect(try problem([1, 2, 3]) == .notNumPy)
    #expect(try problem([0x93] + Array("NUMPY".utf8)) == .header("it is cut off"))
    #expect(
      try problem(array(header("'<i4'", "(1,)"), [], version: 9)) == .header("it is of version 9"))
    let whole = array(header("'<i4'", "(1,)"), [1, 0, 0, 0])
    #expect(try problem(Array(whole.prefix(30))) == .header("it is cut off"))
    #expect(try problem(array("{'descr': '<i4'}", [])) == .header("it does not say the type"))
    #expect(
      try problem(array(header("'<i4'", "(x,)"), [])) == .header("its shape is no list of numbers"))
    #expect(
      try problem(array(header("'<i4'", "(4611686018427387904, 4)"), []))
        == .header("its shape is too large"))
  }

  @Test func `types, shapes and sizes that do not fit are refused`() throws {
    #expect(try problem(array(header("'<f4'", "(1,)"), [0, 0, 0, 0])) == .type("'<f4'"))
    #expect(try problem(array(header("'>i4'", "(1,)"), [0, 0, 0, 0])) == .type("'>i4'"))
    let data: [UInt8] = [1, 0, 0, 0]
    #expect(
      try problem(array(header("'<i4'", "(2,)"), data)) == .size(bytes: 4, expected: 8))
    #expect(try problem(array(header("'<i4'", "()"), data)) == .dimensions([]))
    #expect(try problem(array(header("'<i4'", "(1, 1, 1)"), data)) == .dimensions([1, 1, 1]))
    #expect(try problem(array(header("'<i4'", "(0,)"), [])) == .empty)
    #expect(
      try problem(array(header("'<i4'", "(1, 1)", columns: true), data)) == .columnOrder)
  }
}
