import Glibc

/// What tells whether a checkpoint's files are still the ones that were opened: their names, places,
/// sizes and times, without reading any of them.
public struct FolderStamp: Hashable, Sendable {
  private struct File: Hashable {
    var inode: UInt64
    var size: Int64
    var seconds: Int
    var nanoseconds: Int
  }

  private var files: [String: File] = [:]

  /// Looks at the files in `folder` that a model is read from.
  ///
  /// - Throws: `CheckpointError` where the folder cannot be read.
  public init(of path: String) throws(CheckpointError) {
    let folder = try Folder(path: path)
    for name in try folder.names() where Self.belongsToModel(name) {
      var status = stat()
      // `status` lives on this frame; the path is a temporary C string for the duration of the call.
      guard unsafe stat(folder.file(name), &status) == 0 else { continue }
      files[name] = File(
        inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: status.st_mtim.tv_sec,
        nanoseconds: status.st_mtim.tv_nsec)
    }
  }

  /// Plans and notes that lie beside a model do not make it another one.
  private static func belongsToModel(_ name: String) -> Bool {
    name.hasSuffix(".safetensors") || name == WeightFiles.indexName || name == "config.json"
      || name == "tokenizer.json" || name == "tokenizer_config.json"
  }
}
