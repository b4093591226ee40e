import Checkpoint
import Foundation
import TestSupport

/// The GGUF file that llama.cpp's converter makes of a family's fixture in float32: a header of its
/// own, and data put together from the fixture's tensors.
final class GGUFFixture {
  private let folder: URL
  let path: String

  private struct Family: Decodable {
    var bytes: Int
    var tensors: [Entry]
  }

  /// A tensor of the file, as a strided view of one of the fixture's, or of all experts'.
  fileprivate struct Entry: Decodable {
    var offset: Int
    var source: String
    var experts: Int?
    var start: Int
    var dimensions: [Int]
    var strides: [Int]

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      offset = try list.decode(Int.self)
      source = try list.decode(String.self)
      experts = try list.decodeIfPresent(Int.self)
      start = try list.decode(Int.self)
      dimensions = try list.decode([Int].self)
      strides = try list.decode([Int].self)
    }
  }

  static let folder = TestFolders.fixtures.appending(path: "gguf")

  init(_ family: String) throws {
    folder = try TestFolders.temporary()
    path = folder.appending(path: "\(family).gguf").path
    let list = try Data(contentsOf: Self.folder.appending(path: "families.json"))
    guard let entries = try JSONDecoder().decode([String: Family].self, from: list)[family] else {
      throw CocoaError(.fileReadNoSuchFile)
    }
    let sources = try Self.sources(of: family)
    var data = [UInt8](repeating: 0, count: entries.bytes)
    for entry in entries.tensors {
      var offset = entry.offset
      for name in entry.names {
        for float in entry.view(of: try sources(name)) {
          for shift in 0..<4 {
            data[offset] = UInt8(truncatingIfNeeded: float.bitPattern >> (8 * UInt32(shift)))
            offset += 1
          }
        }
      }
    }
    let header = try Data(contentsOf: Self.folder.appending(path: "\(family).header"))
    try (header + data).write(to: URL(filePath: path))
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private static func sources(of family: String) throws -> (String) throws -> [Float] {
    let folder = TestFolders.fixtures.appending(path: family)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasPrefix("model") && $0.hasSuffix(".safetensors") }
      .map { try SafetensorsFile(path: folder.appending(path: $0).path) }
    return { name in
      guard let file = files.first(where: { $0.entry(named: name) != nil }) else {
        throw CocoaError(.fileReadNoSuchFile)
      }
      return try file.floats(named: name)
    }
  }
}

extension GGUFFixture.Entry {
  var names: [String] {
    guard let experts else { return [source] }
    return (0..<experts).map { source.replacing("{}", with: "\($0)") }
  }

  func view(of source: [Float]) -> [Float] {
    var indices = [start]
    for (count, stride) in zip(dimensions, strides) {
      indices = indices.flatMap { index in (0..<count).map { index + $0 * stride } }
    }
    return indices.map { source[$0] }
  }
}
