import Checkpoint
import Foundation
import TestSupport

/// The bundled model's `tokenizer.json`, changed.
enum DemoTokenizerFile {
  static func changed(_ change: (inout [String: Any]) throws -> Void) throws -> Tokenizer {
    let folder = try ScratchFolder()
    var object = try jsonObject(at: TestFolders.demo.appending(path: "checkpoint/tokenizer.json"))
    try change(&object)
    try folder.write([UInt8](JSONSerialization.data(withJSONObject: object)), to: "tokenizer.json")
    return try Tokenizer(file: folder.path("tokenizer.json"))
  }

  /// What reading the changed file threw, without its folder.
  static func problem(_ change: (inout [String: Any]) throws -> Void) throws -> CheckpointError? {
    do {
      _ = try changed(change)
      return nil
    } catch let error as CheckpointError {
      guard case .tokenizer(let file, let part, let problem) = error else { return error }
      let name = URL(filePath: file).lastPathComponent
      return .tokenizer(file: name, part: part, problem)
    }
  }
}
