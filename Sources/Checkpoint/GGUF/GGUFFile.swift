/// A GGUF file: its header read and checked, its data mapped.
struct GGUFFile: Sendable {
  /// The mapped bytes.
  let mapped: MappedFile
  /// The metadata, by key.
  let values: [String: GGUFValue]
  /// The tensors, in the order of their bytes.
  let tensors: [GGUFTensor]

  /// Opens the file at `path` and checks its header; no tensor is read.
  init(path: String) throws(CheckpointError) {
    mapped = try MappedFile(path: path)
    let header = try GGUFHeader(of: mapped)
    (values, tensors) = (header.values, header.tensors)
  }

  /// The path it was opened by.
  var path: String { mapped.path }
}
