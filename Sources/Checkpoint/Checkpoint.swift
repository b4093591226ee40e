import Model

/// An opened checkpoint: its structure checked against its weights, the weights mapped.
///
/// Opening reads headers only; weights are read from disk when they are first touched.
public final class Checkpoint: Sendable {
  /// The folder it was opened from.
  public let folder: String
  /// Its structure.
  public let spec: ModelSpec
  /// Tensors that the files hold and the model does not need, sorted by name.
  public let extraTensors: [String]

  /// Where a tensor lies.
  private struct Location {
    var file: Int
    var range: Range<Int>
    var type: StoredType
  }

  private let files: [SafetensorsFile]
  private let locations: [TensorRole: Location]

  /// Opens the checkpoint in `folder`; `name` is what to call it, the folder's name by default.
  public static func open(
    folder path: String, name: String? = nil
  ) throws(CheckpointError) -> Checkpoint {
    let folder = try Folder(path: path)
    let config = try ConfigFile(in: folder)
    let spec = try Family.named(in: config).structure(of: config, name: name ?? folder.name)
    return try Checkpoint(
      folder: folder, config: config, spec: spec, weights: try WeightFiles(in: folder))
  }

  /// The structure of the checkpoint in `folder`: from its headers, or, where it has no weights,
  /// from its `config.json` alone.
  public static func describe(
    folder path: String, name: String? = nil
  ) throws(CheckpointError) -> ModelSpec {
    let folder = try Folder(path: path)
    guard !WeightFiles.exist(in: folder) else { return try open(folder: path, name: name).spec }
    let config = try ConfigFile(in: folder)
    var spec = try Family.named(in: config).structure(of: config, name: name ?? folder.name)
    spec.fingerprint.combine(bytes: config.bytes)
    return spec
  }

  /// Whether `folder` holds weights under a name that `open` reads.
  public static func hasWeights(folder path: String) -> Bool {
    guard let folder = try? Folder(path: path) else { return false }
    return WeightFiles.exist(in: folder)
  }

  private init(
    folder: Folder, config: ConfigFile, spec: ModelSpec, weights: WeightFiles
  ) throws(CheckpointError) {
    self.folder = folder.path
    var spec = spec
    let tensors = spec.tensors
    var locations: [TensorRole: Location] = [:]
    locations.reserveCapacity(tensors.count)
    var expected = Set<String>(minimumCapacity: tensors.count)
    var types: [(name: String, type: StoredType)] = []
    for tensor in tensors {
      let (file, entry) = try weights.checked(tensor)
      locations[tensor.role] = Location(file: file, range: entry.range, type: entry.type)
      expected.insert(tensor.name)
      types.append((tensor.name, entry.type))
    }
    spec.setStoredTypes(types)
    spec.fingerprint = weights.fingerprint(of: tensors, config: config)
    self.spec = spec
    self.locations = locations
    files = weights.files
    extraTensors = weights.names.filter { !expected.contains($0) }
  }

  /// Lends the bytes of the tensor with the given role, row-major, with the type of its elements.
  ///
  /// They may start at any address: load values unaligned. No text is built and nothing is copied.
  /// - Precondition: the model has such a tensor (`spec.roles` lists them).
  public func withBytes<Result, Failure: Error>(
    of role: TensorRole, _ body: (RawSpan, StoredType) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let location = location(of: role)
    return try files[location.file].mapped.withBytes(in: location.range) {
      (bytes) throws(Failure) in try body(bytes, location.type)
    }
  }

  /// Tells the system that a tensor's pages are not needed for now.
  public func releasePages(of role: TensorRole) {
    let location = location(of: role)
    files[location.file].mapped.releasePages(in: location.range)
  }

  /// Tells the system that the pages of a part of a tensor, such as one expert's of a stacked one,
  /// are not needed for now.
  public func releasePages(of region: TensorRegion) {
    let location = location(of: region.tensor)
    let size = location.type.byteCount
    let start = location.range.lowerBound + region.span.lowerBound * size
    files[location.file].mapped.releasePages(in: start..<start + region.span.count * size)
  }

  private func location(of role: TensorRole) -> Location {
    guard let location = locations[role] else {
      preconditionFailure("the model has no tensor for \(role)")
    }
    return location
  }
}

extension ConfigFile {
  fileprivate init(in folder: Folder) throws(CheckpointError) {
    guard folder.contains("config.json") else {
      throw .file(path: folder.path, .lacks("config.json"))
    }
    try self.init(path: folder.file("config.json"))
  }
}

extension WeightFiles {
  /// Where a tensor lies, once its shape and type are what the model needs.
  fileprivate func checked(
    _ tensor: TensorSpec
  ) throws(CheckpointError) -> (file: Int, entry: SafetensorsEntry) {
    guard let (file, entry) = find(tensor.name) else {
      throw .tensor(file: path, tensor: tensor.name, .missing)
    }
    guard entry.shape == tensor.shape else {
      throw .tensor(
        file: files[file].path, tensor: tensor.name,
        .shape(found: entry.shape, expected: tensor.shape))
    }
    guard entry.type.isWeight else {
      throw .tensor(
        file: files[file].path, tensor: tensor.name,
        .type(found: entry.type, expected: "F32, F16 or BF16"))
    }
    return (file, entry)
  }
}

extension ModelSpec {
  /// Takes over the types found in the files: the most common one, and the exceptions by name.
  fileprivate mutating func setStoredTypes(_ types: [(name: String, type: StoredType)]) {
    var counts: [StoredType: Int] = [:]
    for (_, type) in types { counts[type, default: 0] += 1 }
    let common = StoredType.allCases.max { counts[$0, default: 0] < counts[$1, default: 0] }
    storedType = common ?? storedType
    storedTypeExceptions = [:]
    for (name, type) in types where type != storedType { storedTypeExceptions[name] = type }
  }
}
