import Checkpoint
import Foundation
import TestSupport

/// A copy of a fixture checkpoint that a test may damage.
final class CheckpointCopy {
  let folder: ScratchFolder

  init(of fixture: String) throws {
    folder = try ScratchFolder()
    let source = TestFolders.fixtures.appending(path: fixture)
    for name in try FileManager.default.contentsOfDirectory(atPath: source.path)
    where name != "reference.safetensors" {
      try FileManager.default.copyItem(
        at: source.appending(path: name), to: folder.url.appending(path: name))
    }
  }

  var path: String { folder.path }

  func path(_ name: String) -> String { folder.path(name) }

  func remove(_ name: String) throws {
    try FileManager.default.removeItem(at: folder.url.appending(path: name))
  }

  /// Changes keys of a JSON file; `nil` removes a key.
  func edit(_ name: String = "config.json", _ changes: [String: Any?]) throws {
    let url = folder.url.appending(path: name)
    var object = try jsonObject(at: url)
    for (key, value) in changes { object[key] = value }
    try JSONSerialization.data(withJSONObject: object).write(to: url)
  }

  /// Rewrites `model.safetensors` with its tensors changed.
  func rewriteWeights(_ change: (inout [SafetensorsWriter.Tensor]) -> Void) throws {
    var tensors = try tensors()
    change(&tensors)
    try write(tensors)
  }

  /// The tensors of all weight files.
  func tensors() throws -> [SafetensorsWriter.Tensor] {
    let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    return try names.filter { $0.hasSuffix(".safetensors") }.flatMap { name in
      let file = try SafetensorsFile(path: path(name))
      return file.entries.map { entry in
        SafetensorsWriter.Tensor(
          name: entry.name, type: entry.type, shape: entry.shape, bytes: file.bytes(of: entry))
      }
    }
  }

  /// Writes `model.safetensors`.
  func write(_ tensors: [SafetensorsWriter.Tensor]) throws {
    try SafetensorsWriter.write(tensors, to: path("model.safetensors"))
  }

  /// Makes one file of several shards.
  func mergeShards() throws {
    let merged = try tensors()
    for name in try FileManager.default.contentsOfDirectory(atPath: path)
    where name.hasPrefix("model") {
      try remove(name)
    }
    try write(merged)
  }

  func open() throws(CheckpointError) -> Checkpoint { try Checkpoint.open(folder: path) }
}

extension SafetensorsFile {
  /// A copy of a tensor's bytes.
  func bytes(of entry: SafetensorsEntry) -> [UInt8] {
    withBytes(of: entry) { bytes in
      (0..<bytes.byteCount).map { index in
        // In bounds, and any byte is a valid UInt8.
        unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      }
    }
  }
}

/// The object in a JSON file.
func jsonObject(at url: URL) throws -> [String: Any] {
  let value = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
  return value as? [String: Any] ?? [:]
}
