import Model

extension Checkpoint {
  /// Opens a GGUF file, with all its parts; `name` is what to call it, the file's name by default.
  static func open(gguf path: String, name: String?) throws(CheckpointError) -> Checkpoint {
    let parts = try GGUFParts(path: path)
    let (structure, config) = try Family.structure(of: parts, name: name ?? parts.name)
    let tensors = structure.tensors
    var spec = structure
    var locations: [TensorRole: WeightLocation] = [:]
    locations.reserveCapacity(tensors.count)
    var encodings: [(name: String, encoding: StoredEncoding)] = []
    for tensor in tensors {
      let location = try parts.locate(tensor)
      locations[tensor.role] = location
      encodings.append((tensor.name, location.encoding))
    }
    spec.setEncodings(encodings)
    spec.fingerprint = parts.fingerprint(of: tensors, config: config)
    let expected = Set(tensors.map(\.name))
    return Checkpoint(
      path: path, spec: spec, files: parts.files.map(\.mapped), locations: locations,
      extraTensors: parts.names.filter { !expected.contains($0) })
  }
}

extension GGUFParts {
  /// Where a weight lies, once its shape and type are what the model needs.
  fileprivate func locate(_ tensor: TensorSpec) throws(CheckpointError) -> WeightLocation {
    guard let (file, found) = find(tensor.name) else {
      throw .tensor(file: metadata.path, tensor: tensor.name, .gguf(.missing))
    }
    func problem(_ problem: GGUFTensorProblem) -> CheckpointError {
      .tensor(file: files[file].path, tensor: tensor.name, .gguf(problem))
    }
    // Converters drop dimensions of 1 or not.
    guard found.shape.filter({ $0 > 1 }) == tensor.shape.filter({ $0 > 1 }) else {
      throw problem(.shape(found: found.shape, expected: tensor.shape))
    }
    guard let encoding = StoredEncoding(found.type) else {
      throw problem(
        .unsupportedType(found.type.name, supported: StoredEncoding.ofGGUF.map(\.name)))
    }
    return WeightLocation(
      encoding: encoding, elements: tensor.elements,
      codes: Place(file: file, range: found.range))
  }
}

extension StoredEncoding {
  /// What can be read, by ggml's names.
  fileprivate static let ofGGUF: [(name: String, encoding: StoredEncoding)] =
    [
      ("F32", .elements(.float32)), ("F16", .elements(.float16)), ("BF16", .elements(.bfloat16)),
    ] + BlockFormat.allCases.map { ($0.ggmlName, .blocks($0)) }

  /// How tensors of a type are stored; `nil` if they are not read.
  init?(_ type: GGUFTensorType) {
    guard let known = Self.ofGGUF.first(where: { $0.name == type.name }) else { return nil }
    self = known.encoding
  }
}

extension BlockFormat {
  /// What ggml's own tables call it.
  fileprivate var ggmlName: String {
    self == .mxfp4 ? "MXFP4" : "Q" + rawValue.dropFirst()
  }
}
