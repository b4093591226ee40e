import Model

extension WeightFiles {
  /// Where a weight lies, once the shapes and types of all its parts are what the model needs; `scheme`
  /// is how the checkpoint is quantised, `use` gets the names of the tensors that hold the weight.
  func locate(
    _ tensor: TensorSpec, _ scheme: (any QuantizationScheme)?, use: (String) -> Void
  ) throws(CheckpointError) -> WeightLocation {
    let stored = scheme.flatMap { encoding(of: tensor, $0) }
    guard let stored else { return try locatePlain(tensor, use: use) }
    var codes: Place?
    var others: [StoredPart.Kind: Place] = [:]
    for part in stored.parts(of: tensor.shape) {
      let name = part.name(in: tensor.name)
      let place = try locate(part, name)
      use(name)
      if part.kind == .codes { codes = place } else { others[part.kind] = place }
    }
    guard let codes else { preconditionFailure("\(stored) has no codes") }
    return WeightLocation(
      encoding: stored, elements: tensor.elements, codes: codes, others: others)
  }

  private func locatePlain(
    _ tensor: TensorSpec, use: (String) -> Void
  ) throws(CheckpointError) -> WeightLocation {
    guard let (file, entry) = find(tensor.name) else {
      throw .tensor(file: path, tensor: tensor.name, .missing)
    }
    guard entry.shape == tensor.shape else {
      throw problem(file, tensor.name, .shape(found: entry.shape, expected: tensor.shape))
    }
    guard entry.type.isWeight else {
      throw problem(file, tensor.name, .type(found: entry.type, expected: "F32, F16 or BF16"))
    }
    use(tensor.name)
    return WeightLocation(
      encoding: .elements(entry.type), elements: tensor.elements,
      codes: Place(file: file, range: entry.range))
  }

  /// How the files store a weight, by what the scheme says and what they hold; `nil` for plain numbers.
  private func encoding(
    of tensor: TensorSpec, _ scheme: any QuantizationScheme
  ) -> StoredEncoding? {
    if let (_, entry) = find(tensor.name), entry.type.isWeight { return nil }
    if let encoding = scheme.encoding(of: tensor) { return adapted(encoding, tensor) }
    guard tensor.isMatrix, let standard = scheme.standard,
      let codes = standard.parts(of: tensor.shape).first,
      let (_, entry) = find(codes.name(in: tensor.name)), entry.type == codes.type
    else { return nil }
    return adapted(standard, tensor)
  }

  /// The encoding with what only the files say: the type of the scales, and which parts there are.
  private func adapted(_ encoding: StoredEncoding, _ tensor: TensorSpec) -> StoredEncoding {
    func entry(_ ending: String) -> SafetensorsEntry? {
      find(StoredPart.name(of: tensor.name, ending: ending))?.entry
    }
    func scaleType(_ ending: String) -> StoredType? {
      entry(ending).flatMap { $0.type.isWeight ? $0.type : nil }
    }
    switch encoding {
    case .float8(var float8):
      if float8.scales == .tensor, entry(float8.scaleEnding) == nil,
        entry("weight_scale_inv") != nil
      {
        float8.scaleEnding = "weight_scale_inv"
      }
      float8.scaleType = scaleType(float8.scaleEnding) ?? float8.scaleType
      return .float8(float8)
    case .integers(var integers):
      integers.scaleType = scaleType(integers.scaleEnding) ?? integers.scaleType
      integers.hasInputGroups = integers.inputGroupsEnding.flatMap(entry) != nil
      return .integers(integers)
    default: return encoding
    }
  }

  private func locate(_ part: StoredPart, _ name: String) throws(CheckpointError) -> Place {
    guard let (file, entry) = find(name) else {
      throw .tensor(file: path, tensor: name, .missing)
    }
    // Scales are written with and without dimensions of 1.
    guard entry.shape == part.shape || (part.kind == .scales && entry.isLike(part.shape)) else {
      throw problem(file, name, .shape(found: entry.shape, expected: part.shape))
    }
    guard entry.type == part.type else {
      throw problem(file, name, .type(found: entry.type, expected: part.type.rawValue))
    }
    return Place(file: file, range: entry.range)
  }

  private func problem(
    _ file: Int, _ tensor: String, _ problem: TensorProblem
  ) -> CheckpointError {
    .tensor(file: files[file].path, tensor: tensor, problem)
  }
}

extension SafetensorsEntry {
  fileprivate func isLike(_ other: [Int]) -> Bool {
    shape.filter { $0 != 1 } == other.filter { $0 != 1 }
  }
}
