/// What is wrong with a GGUF file as a whole, or with the parts of a split one; sizes are in bytes.
public enum GGUFProblem: Equatable, Sendable {
  case noMagic
  /// The place holder that `git clone` leaves where Git LFS was not installed.
  case largeFilePointer
  case bigEndian
  case version(UInt32)
  case endsInHeader(size: Int)
  /// More things than the rest of the file has room for.
  case impossibleCount(of: String, UInt64)
  case nameNotText(of: String, byte: Int)
  case unknownValueType(key: String, UInt32)
  case nestedTooDeep(key: String)
  case duplicateKey(String)
  case duplicateTensor(String)
  case missingPart(of: Int)
  case partCount(says: Int, found: Int)
  case partNumber(says: Int, expected: Int)
  case partTensors(says: Int, found: Int)
}

/// What is wrong with one tensor of a GGUF file.
public enum GGUFTensorProblem: Equatable, Sendable {
  case dimensions(Int)
  /// A type that ggml does not have, or no longer.
  case unknownType(UInt32)
  /// A type that ggml has and this program does not read.
  case unsupportedType(String, supported: [String])
  case brokenBlocks(width: Int, type: String, elements: Int)
  case misaligned(offset: UInt64, alignment: Int)
  case shape(found: [Int], expected: [Int])
  case missing
}

/// Why no family of this program fits a GGUF file's architecture.
public enum ArchitectureProblem: Equatable, Sendable {
  case unknown
  /// The architecture is known, but the file has no experts.
  case noExperts
}

extension GGUFProblem {
  var why: String {
    switch self {
    case .noMagic: "is not a GGUF file"
    case .largeFilePointer: "is a Git LFS pointer, not the model itself"
    case .bigEndian: "is a GGUF file in big-endian byte order, which is not supported"
    case .version(let version): "is a GGUF file of version \(version), only 2 and 3 are supported"
    case .endsInHeader(let size): "ends after \(size) bytes, within its header"
    case .impossibleCount(let thing, let count):
      "the header claims \(count) \(thing.sanitized), more than the rest of the file can hold"
    case .nameNotText(let thing, let byte): "the name of a \(thing) at byte \(byte) is not a text"
    case .unknownValueType(let key, let number):
      "metadata key \(key.quoted) has the unknown value type \(number)"
    case .nestedTooDeep(let key): "metadata key \(key.quoted) nests lists too deeply"
    case .duplicateKey(let key): "the header lists metadata key \(key.quoted) twice"
    case .duplicateTensor(let name): "lists tensor \(name.quoted), which is there already"
    case .missingPart(let count): "there is no such file, but the model has \(count) parts"
    case .partCount(let says, let found):
      "says that the model has \(says) part\(says == 1 ? "" : "s"), not \(found)"
    case .partNumber(let says, let expected):
      "says that it is part \(says), but is called part \(expected)"
    case .partTensors(let says, let found):
      "says that all parts together have \(says) tensors, but they have \(found)"
    }
  }

  var remedy: String {
    switch self {
    case .noMagic: "name a .gguf file, or a folder in Hugging Face layout"
    case .largeFilePointer: "run `git lfs pull` in its folder"
    case .bigEndian: "convert the model again, on or for a little-endian machine"
    case .version: "convert the model again with a current llama.cpp"
    case .missingPart: "download the missing part into the same folder"
    case .partCount, .partNumber, .partTensors:
      "keep all parts of one model in one folder, under their own names"
    default: remedyOfDamage
    }
  }
}

extension GGUFTensorProblem {
  var why: String {
    switch self {
    case .dimensions(let count): "has \(count) dimensions, not one to four"
    case .unknownType(let number): "has the unknown type number \(number)"
    case .unsupportedType(let name, _): "has type \(name.sanitized), which is not supported"
    case .brokenBlocks(let width, let type, let elements):
      "has rows of \(width) elements, which do not fill \(type) blocks of \(elements)"
    case .misaligned(let offset, let alignment):
      "starts at byte \(offset) of the data, not on a multiple of \(alignment)"
    case .shape(let found, let expected):
      "has shape \(found), but the metadata need \(expected)"
    case .missing: "is missing"
    }
  }

  var remedy: String {
    switch self {
    case .unknownType: "convert or quantise the model again with a current llama.cpp"
    case .unsupportedType(_, let supported):
      "quantise the model to one of \(supported.joined(separator: ", "))"
    case .shape, .missing: "convert the model again with a current llama.cpp"
    default: remedyOfDamage
    }
  }
}

extension ArchitectureProblem {
  func why(_ name: String) -> String {
    switch self {
    case .unknown: "the architecture \(name.quoted) is not supported"
    case .noExperts:
      "the architecture \(name.quoted) is supported only with experts, and this model has none"
    }
  }
}

extension ConfigProblem {
  /// What to do about a key of a GGUF file.
  var metadataRemedy: String {
    switch self {
    case .missing, .wrongType, .outOfRange: "convert the model again with a current llama.cpp"
    case .unsupported(_, let supported): "supported: \(supported)"
    }
  }
}
