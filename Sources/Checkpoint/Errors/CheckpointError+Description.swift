import Model

extension CheckpointError: CustomStringConvertible {
  /// One line: `<file>: <why>; <what to do>`, control characters escaped.
  public var description: String {
    let (subject, why, remedy) = sentence
    return "\(subject.sanitized): \(why); \(remedy)"
  }

  private var sentence: (subject: String, why: String, remedy: String) {
    switch self {
    case .file(let path, let problem): (path, problem.why, problem.remedy)
    case .json(let file, let byte, let reason):
      (file, "is not valid JSON (byte \(byte): \(reason.sanitized))", remedyOfDamage)
    case .header(let file, let problem): (file, problem.why, problem.remedy)
    case .tensor(let file, let tensor, let problem):
      (file, "tensor \(tensor.quoted) \(problem.why)", problem.remedy)
    case .index(let file, let problem): (file, problem.why, problem.remedy)
    case .config(let file, let key, let problem):
      (file, "key \(key.quoted) \(problem.why)", problem.remedy)
    case .family(let file, let modelType, let supported):
      (
        file, "model_type \(modelType.quoted) is not supported",
        "use a model of one of these families: \(supported.joined(separator: ", "))"
      )
    case .tokenizer(let file, let part, let problem):
      (file, "\(part.sanitized) \(problem.why)", problem.remedy)
    case .gguf(let file, let problem): (file, problem.why, problem.remedy)
    case .metadata(let file, let key, let problem):
      (file, "metadata key \(key.quoted) \(problem.why)", problem.metadataRemedy)
    case .architecture(let file, let name, let problem, let supported):
      (
        file, problem.why(name),
        "use a model of one of these architectures: \(supported.joined(separator: ", "))"
      )
    case .tokens(let file, let problem): (file, problem.why, problem.remedy)
    }
  }
}

let remedyOfDamage = "the file is damaged or incomplete, download or write it again"

extension FileProblem {
  fileprivate var why: String {
    switch self {
    case .missing: "there is no such file or folder"
    case .notPermitted: "permission denied"
    case .isFolder: "is a folder, not a file"
    case .isNoFolder: "is a file, not a folder"
    case .isNoRegularFile: "is not a regular file"
    case .empty: "the file is empty"
    case .emptyFolder: "the folder is empty"
    case .noWeights: "the folder has no weights"
    case .lacks(let name): "the folder has no \(name.sanitized)"
    case .system(let reason): reason.sanitized
    }
  }

  fileprivate var remedy: String {
    switch self {
    case .missing: "check the path"
    case .notPermitted: "change its permissions (chmod) or run as a user who may use it"
    case .isFolder: "name a file"
    case .isNoFolder: "name the folder that holds config.json and the weights"
    case .isNoRegularFile: "name a file on disk"
    case .empty: remedyOfDamage
    case .emptyFolder, .lacks:
      "name a folder in Hugging Face layout (config.json and model.safetensors)"
    case .noWeights:
      "download model.safetensors, or model.safetensors.index.json and its shards, into it"
    case .system: "check the disk and the path"
    }
  }
}

extension HeaderProblem {
  fileprivate var why: String {
    switch self {
    case .shorterThanLengthField(let size):
      "is \(size) bytes long, too short for a safetensors header"
    case .longerThanFile(let header, let size):
      "the header claims \(header) bytes but the whole file has \(size)"
    case .tooLong(let header, let limit):
      "the header claims \(header) bytes, more than the format's limit of \(limit)"
    case .largeFilePointer: "is a Git LFS pointer, not the weights themselves"
    case .notAnObject: "the header is not a JSON object"
    case .metadataNotStrings: "the header's __metadata__ is not a map from strings to strings"
    case .duplicateTensor(let name): "the header lists tensor \(name.quoted) twice"
    case .hole(let name, let bytes):
      "\(bytes) bytes before tensor \(name.quoted) belong to no tensor"
    case .trailing(let bytes): "\(bytes) bytes after the last tensor belong to no tensor"
    }
  }
}

extension HeaderProblem {
  fileprivate var remedy: String {
    self == .largeFilePointer ? "run `git lfs pull` in its folder" : remedyOfDamage
  }
}

extension TensorProblem {
  fileprivate var why: String {
    switch self {
    case .missing: "is missing"
    case .absentFromShard: "is not in this file, though the index says so"
    case .inAnotherShard(let listed): "lies here, but the index says \(listed.quoted)"
    case .field(let name, let expected): "needs a \(name.quoted) that is \(expected)"
    case .unknownType(let name): "has the unknown dtype \(name.quoted)"
    case .shapeOverflows(let shape): "has an impossible shape \(shape)"
    case .offsetsReversed(let begin, let end): "has data_offsets out of order: \(begin), \(end)"
    case .outOfRange(let end, let available):
      "ends at byte \(end) of the data, which has \(available) (\(end - available) bytes are missing)"
    case .sizeMismatch(let bytes, let expected):
      "takes \(bytes) bytes, but its dtype and shape need \(expected)"
    case .overlaps(let other): "overlaps tensor \(other.quoted)"
    case .shape(let found, let expected): "has shape \(found), but config.json needs \(expected)"
    case .type(let found, let expected): "has dtype \(found.rawValue), but \(expected) is needed"
    case .gguf(let problem): problem.why
    case .group(let group, let input, let groups):
      "puts input \(input) into group \(group), but there are \(groups) groups"
    }
  }

  fileprivate var remedy: String {
    switch self {
    case .shape, .missing: "check that config.json belongs to these weights"
    case .type: "convert the weights, or use another checkpoint"
    case .absentFromShard, .inAnotherShard:
      "download the index and all shards of one version again"
    case .unknownType:
      "convert it to one of \(StoredType.allCases.map(\.rawValue).joined(separator: ", "))"
    case .gguf(let problem): problem.remedy
    default: remedyOfDamage
    }
  }
}

extension IndexProblem {
  fileprivate var why: String {
    switch self {
    case .notAnObject: "is not a JSON object"
    case .noWeightMap: "has no \"weight_map\" object"
    case .shardNotAName(let tensor): "the file of tensor \(tensor.quoted) is not a text"
    case .outsideFolder(let shard): "names \(shard.quoted), which is not a file in its own folder"
    case .missingShard(let shard): "names the file \(shard.quoted), which is missing"
    }
  }

  fileprivate var remedy: String {
    switch self {
    case .missingShard: "download the missing file"
    case .outsideFolder: "put the shards beside the index and name them without a path"
    default: remedyOfDamage
    }
  }
}

extension ConfigProblem {
  var why: String {
    switch self {
    case .missing: "is missing"
    case .wrongType(let expected, let found):
      "must be \(expected), not \(found.sanitized)"
    case .outOfRange(let value, let allowed):
      "is \(value.sanitized), but must be \(allowed)"
    case .unsupported(let value, _): "is \(value.sanitized), which is not supported"
    }
  }

  fileprivate var remedy: String {
    switch self {
    case .missing, .wrongType, .outOfRange: "use the config.json that came with the model"
    case .unsupported(_, let supported): "supported: \(supported)"
    }
  }
}

extension TokenizerProblem {
  fileprivate var why: String {
    switch self {
    case .missing: "is missing"
    case .wrongType(let expected): "must be \(expected)"
    case .unsupported(let value, _): "is \(value.sanitized), which is not supported"
    case .invalid(let reason): reason.sanitized
    }
  }

  fileprivate var remedy: String {
    switch self {
    case .unsupported(_, let supported): "supported: \(supported)"
    default: "use the tokenizer.json that came with the model"
    }
  }
}

extension TokenFileProblem {
  fileprivate var why: String {
    switch self {
    case .notNumPy: "is not an .npy file"
    case .header(let reason): "the header is wrong: \(reason.sanitized)"
    case .type(let type): "holds elements of type \(type.sanitized)"
    case .columnOrder: "is stored column by column"
    case .size(let bytes, let expected):
      "has \(bytes) bytes of data, type and shape need \(expected)"
    case .dimensions(let shape): "has \(shape.count) dimensions, not one or two"
    case .empty: "holds no ids"
    case .outsideVocabulary(let id, let size):
      "has the id \(id), the model's vocabulary has \(size) tokens"
    }
  }

  fileprivate var remedy: String {
    switch self {
    case .notNumPy, .header, .size: remedyOfDamage
    case .type: "write '<i4', '<i8', '<u2' or '<u4'"
    case .columnOrder: "write it row by row (numpy.ascontiguousarray)"
    case .dimensions, .empty: "write a list of ids, or a table with one window a row"
    case .outsideVocabulary: "encode the text with the model's own tokenizer"
    }
  }
}
