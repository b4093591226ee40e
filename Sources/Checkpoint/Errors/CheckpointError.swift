import Model

/// Why a checkpoint, or one of its files, cannot be used.
///
/// Every case says which file, which part of it (a tensor, a key) and what is wrong. Its
/// `description` is one line, safe for a terminal: `<file>: <why>; <what to do>`.
public enum CheckpointError: Error, Equatable, Sendable {
  /// A file or folder could not be read or written.
  case file(path: String, FileProblem)
  /// A file is not the JSON it should be; `byte` counts from the start of the JSON text.
  case json(file: String, byte: Int, reason: String)
  /// The header of a safetensors file is wrong as a whole.
  case header(file: String, HeaderProblem)
  /// A tensor is missing, or described wrongly, or not what the model needs.
  case tensor(file: String, tensor: String, TensorProblem)
  /// The index of a sharded checkpoint is wrong.
  case index(file: String, IndexProblem)
  /// A key of `config.json` is missing, wrong or unsupported.
  case config(file: String, key: String, ConfigProblem)
  /// `config.json` names a family this program does not know.
  case family(file: String, modelType: String, supported: [String])
  /// A part of `tokenizer.json` is missing, wrong or unsupported.
  case tokenizer(file: String, part: String, TokenizerProblem)
  /// A GGUF file is wrong as a whole, or in its parts.
  case gguf(file: String, GGUFProblem)
  /// A key of a GGUF file's metadata is missing, wrong or unsupported.
  case metadata(file: String, key: String, ConfigProblem)
  /// A GGUF file holds a model of a kind that this program does not know.
  case architecture(file: String, name: String, ArchitectureProblem, supported: [String])
  /// A file of token ids is wrong, or made for another model.
  case tokens(file: String, TokenFileProblem)
}

/// What keeps a file or folder from being read or written.
public enum FileProblem: Equatable, Sendable {
  case missing
  case notPermitted
  case isFolder
  case isNoFolder
  case isNoRegularFile
  case empty
  case emptyFolder
  /// The folder has files, but none of the weights' names.
  case noWeights
  /// The folder has files, but none of this name, which every checkpoint has.
  case lacks(String)
  /// Anything else, in the operating system's words.
  case system(String)
}

/// What is wrong with a safetensors header as a whole; sizes are in bytes.
public enum HeaderProblem: Equatable, Sendable {
  case shorterThanLengthField(size: Int)
  case longerThanFile(header: UInt64, size: Int)
  case tooLong(header: UInt64, limit: Int)
  /// The place holder that `git clone` leaves where Git LFS was not installed.
  case largeFilePointer
  case notAnObject
  case metadataNotStrings
  case duplicateTensor(String)
  /// Bytes between two tensors, or before the first, that belong to none.
  case hole(before: String, bytes: Int)
  /// Bytes after the last tensor.
  case trailing(bytes: Int)
}

/// What is wrong with one tensor.
public enum TensorProblem: Equatable, Sendable {
  case missing
  /// The index sends the reader to `file`, which lacks it.
  case absentFromShard
  /// The index says `listed`, the tensor lies in the error's file.
  case inAnotherShard(listed: String)
  case field(String, expected: String)
  case unknownType(String)
  case shapeOverflows([Int])
  case offsetsReversed(begin: Int, end: Int)
  /// The data section ends `missing` bytes before the tensor does.
  case outOfRange(end: Int, available: Int)
  case sizeMismatch(bytes: Int, expected: Int)
  case overlaps(String)
  case shape(found: [Int], expected: [Int])
  case type(found: StoredType, expected: String)
  /// What only tensors of GGUF files can have.
  case gguf(GGUFTensorProblem)
  /// An input is said to belong to a group of scales that there is not.
  case group(Int, input: Int, groups: Int)
}

/// What is wrong with the index of a sharded checkpoint.
public enum IndexProblem: Equatable, Sendable {
  case notAnObject
  case noWeightMap
  case shardNotAName(tensor: String)
  case outsideFolder(shard: String)
  case missingShard(String)
}

/// What is wrong with a key of `config.json`.
public enum ConfigProblem: Equatable, Sendable {
  case missing
  case wrongType(expected: String, found: String)
  case outOfRange(value: String, allowed: String)
  case unsupported(value: String, supported: String)
}

/// What is wrong with a part of `tokenizer.json`.
public enum TokenizerProblem: Equatable, Sendable {
  case missing
  case wrongType(expected: String)
  case unsupported(value: String, supported: String)
  case invalid(String)
}

/// What is wrong with a file of token ids.
public enum TokenFileProblem: Equatable, Sendable {
  case notNumPy
  /// The header of an `.npy` file is wrong.
  case header(String)
  /// The elements are of another type, in NumPy's notation.
  case type(String)
  /// The table is stored column by column.
  case columnOrder
  /// The data are not as long as type and shape say; sizes in bytes.
  case size(bytes: Int, expected: Int)
  case dimensions([Int])
  case empty
  case outsideVocabulary(id: Int, size: Int)
}
