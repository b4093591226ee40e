import Glibc

/// What tells whether a checkpoint's files are still the ones that were opened: their names, places,
/// sizes and times, without reading any of them.
public struct CheckpointStamp: Hashable, Sendable {
  private struct File: Hashable {
    var inode: UInt64
    var size: Int64
    var seconds: Int
    var nanoseconds: Int
  }

  private var files: [String: File] = [:]

  /// Looks at the files that a model is read from: those in a folder, or a GGUF file with its parts.
  ///
  /// - Throws: `CheckpointError` where a folder cannot be read.
  public init(of path: String) throws(CheckpointError) {
    for file in try Self.paths(of: path) {
      var status = stat()
      // `status` lives on this frame; the path is a temporary C string for the duration of the call.
      guard unsafe stat(file, &status) == 0 else { continue }
      files[file] = File(
        inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: status.st_mtim.tv_sec,
        nanoseconds: status.st_mtim.tv_nsec)
    }
  }

  private static func paths(of path: String) throws(CheckpointError) -> [String] {
    // What is wrong with a GGUF file is said when it is opened.
    if GGUFParts.isName(path) { return GGUFParts.paths(of: path) }
    let folder = try Folder(path: path)
    return try folder.names().filter(belongsToModel).map(folder.file)
  }

  /// Plans and notes that lie beside a model do not make it another one.
  private static func belongsToModel(_ name: String) -> Bool {
    name.hasSuffix(".safetensors") || name == WeightFiles.indexName || name == "config.json"
      || name == "tokenizer.json" || name == "tokenizer_config.json"
  }
}
