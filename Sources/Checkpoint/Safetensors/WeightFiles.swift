import Model

/// The weights of a checkpoint: one safetensors file, or several with an index.
struct WeightFiles {
  static let singleName = "model.safetensors"
  static let indexName = "model.safetensors.index.json"

  /// The opened files.
  let files: [SafetensorsFile]
  /// What a message about a missing tensor names: the single file or the index.
  let path: String
  /// The file that each tensor is read from, by tensor name.
  private let fileIndices: [String: Int]

  /// Whether `folder` has weights under one of the names this program reads.
  static func exist(in folder: Folder) -> Bool {
    folder.contains(singleName) || folder.contains(indexName)
  }

  /// Opens the weights in `folder`; one file goes before an index.
  init(in folder: Folder) throws(CheckpointError) {
    if folder.contains(Self.singleName) {
      path = folder.file(Self.singleName)
      files = [try SafetensorsFile(path: path)]
      fileIndices = [:]
    } else if folder.contains(Self.indexName) {
      let index = try WeightIndex(in: folder)
      path = index.path
      files = try index.shards.map { (shard) throws(CheckpointError) in
        try SafetensorsFile(path: folder.file(shard))
      }
      fileIndices = try index.resolve(in: files)
    } else {
      throw .file(path: folder.path, .noWeights)
    }
  }

  /// Where the tensor called `name` lies, or `nil`.
  func find(_ name: String) -> (file: Int, entry: SafetensorsEntry)? {
    let file = fileIndices[name] ?? 0
    guard file < files.count else { return nil }
    return files[file].entry(named: name).map { (file, $0) }
  }

  /// The names of all tensors, sorted.
  var names: [String] {
    guard files.count > 1 else { return files.flatMap(\.entries).map(\.name).sorted() }
    return fileIndices.keys.sorted()
  }
}
