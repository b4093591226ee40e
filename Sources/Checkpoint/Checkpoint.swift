import Model

/// An opened checkpoint: its structure checked against its weights, the weights mapped.
///
/// Opening reads headers only; weights are read from disk when they are first touched.
public final class Checkpoint: Sendable {
  /// The folder or file it was opened from.
  public let folder: String
  /// Its structure.
  public let spec: ModelSpec
  /// Tensors that the files hold and the model does not need, sorted by name.
  public let extraTensors: [String]

  private let files: [MappedFile]
  private let locations: [TensorRole: WeightLocation]

  /// Opens the checkpoint in a folder, or a GGUF file; `name` is what to call it, the folder's or
  /// file's name by default.
  public static func open(
    folder path: String, name: String? = nil
  ) throws(CheckpointError) -> Checkpoint {
    guard !GGUFParts.isName(path) else { return try open(gguf: path, name: name) }
    let folder = try Folder(path: path)
    let config = try ConfigFile(in: folder)
    let (spec, scheme) = try config.structure(name: name ?? folder.name)
    return try Checkpoint(
      folder: folder, config: config, spec: spec, scheme: scheme,
      weights: try WeightFiles(in: folder))
  }

  /// The structure of the checkpoint in `folder`: from its headers, or, where it has no weights,
  /// from its `config.json` alone.
  public static func describe(
    folder path: String, name: String? = nil
  ) throws(CheckpointError) -> ModelSpec {
    guard !GGUFParts.isName(path) else { return try open(gguf: path, name: name).spec }
    let folder = try Folder(path: path)
    guard !WeightFiles.exist(in: folder) else { return try open(folder: path, name: name).spec }
    let config = try ConfigFile(in: folder)
    var (spec, scheme) = try config.structure(name: name ?? folder.name)
    if let scheme {
      let plain = spec.encoding
      spec.setEncodings(spec.tensors.map { ($0.name, scheme.encoding(of: $0) ?? plain) })
    }
    spec.fingerprint.combine(bytes: config.bytes)
    return spec
  }

  /// Whether `folder` holds weights under a name that `open` reads; GGUF files always do.
  public static func hasWeights(folder path: String) -> Bool {
    guard !GGUFParts.isName(path) else { return true }
    guard let folder = try? Folder(path: path) else { return false }
    return WeightFiles.exist(in: folder)
  }

  private init(
    folder: Folder, config: ConfigFile, spec: ModelSpec, scheme: (any QuantizationScheme)?,
    weights: WeightFiles
  ) throws(CheckpointError) {
    self.folder = folder.path
    var spec = spec
    let tensors = spec.tensors
    var locations: [TensorRole: WeightLocation] = [:]
    locations.reserveCapacity(tensors.count)
    var expected = Set<String>(minimumCapacity: tensors.count)
    var encodings: [(name: String, encoding: StoredEncoding)] = []
    for tensor in tensors {
      let location = try weights.locate(tensor, scheme) { expected.insert($0) }
      locations[tensor.role] = location
      encodings.append((tensor.name, location.encoding))
    }
    spec.setEncodings(encodings)
    spec.fingerprint = weights.fingerprint(of: tensors, config: config)
    self.spec = spec
    self.locations = locations
    files = weights.files.map(\.mapped)
    extraTensors = weights.names.filter { !expected.contains($0) }
  }

  /// A checkpoint of which it is known where every weight lies.
  init(
    path: String, spec: ModelSpec, files: [MappedFile], locations: [TensorRole: WeightLocation],
    extraTensors: [String]
  ) {
    folder = path
    self.spec = spec
    self.files = files
    self.locations = locations
    self.extraTensors = extraTensors
  }

  /// How the weight with the given role is stored.
  ///
  /// - Precondition: the model has such a tensor (`spec.roles` lists them).
  public func encoding(of role: TensorRole) -> StoredEncoding { location(of: role).encoding }

  /// Lends the bytes of a part of the weight with the given role, row-major: the numbers themselves,
  /// or, where `encoding(of:)` has more parts, one of them.
  ///
  /// They may start at any address: load values unaligned. No text is built and nothing is copied.
  /// - Precondition: the model has such a tensor (`spec.roles` lists them), and its encoding has
  ///   such a part.
  public func withBytes<Result, Failure: Error>(
    of role: TensorRole, _ part: StoredPart.Kind = .codes,
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard let place = location(of: role)[part] else {
      preconditionFailure("\(role) is stored without \(part)")
    }
    return try files[place.file].withBytes(in: place.range, body)
  }

  /// Checks that the groups which a weight's inputs are said to belong to are among those that have
  /// scales; a weight without such a part is in order.
  ///
  /// Reads that part, so it is not done when the checkpoint is opened.
  /// - Throws: a `tensor` error that names the part and the group.
  public func checkInputGroups(of role: TensorRole) throws(CheckpointError) {
    let location = location(of: role)
    guard case .integers(let integers) = location.encoding, integers.hasInputGroups,
      let place = location[.inputGroups], let ending = integers.inputGroupsEnding
    else { return }
    let file = files[place.file]
    let bytes = file.copy(of: place.range)
    let groups = integers.groups(columns: bytes.count / 4)
    for start in stride(from: 0, to: bytes.count, by: 4) {
      let group = bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      guard group < groups else {
        let name = StoredPart.name(of: spec.names.name(of: role), ending: ending)
        throw .tensor(
          file: file.path, tensor: name,
          .group(Int(Int32(bitPattern: group)), input: start / 4, groups: groups))
      }
    }
  }

  /// Tells the system that the pages of a tensor, in all its parts, are not needed for now.
  public func releasePages(of role: TensorRole) {
    let location = location(of: role)
    release(location.places(of: 0..<location.elements))
  }

  /// Tells the system that the pages of a part of a tensor, such as one expert's of a stacked one,
  /// are not needed for now.
  public func releasePages(of region: TensorRegion) {
    release(location(of: region.tensor).places(of: region.span))
  }

  private func release(_ places: [Place]) {
    for place in places { files[place.file].releasePages(in: place.range) }
  }

  private func location(of role: TensorRole) -> WeightLocation {
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

  /// The structure it describes, and how its weights are quantised.
  fileprivate func structure(
    name: String
  ) throws(CheckpointError) -> (ModelSpec, (any QuantizationScheme)?) {
    var spec = try Family.named(in: self).structure(of: self, name: name)
    let scheme = try quantizationScheme(scales: spec.encoding.elementType ?? .bfloat16)
    try scheme?.adapt(&spec, self)
    return (spec, scheme)
  }
}

extension ModelSpec {
  /// Takes over how tensors are stored in the files: the most common way, and the exceptions by
  /// name.
  mutating func setEncodings(_ found: [(name: String, encoding: StoredEncoding)]) {
    var counts: [StoredEncoding: Int] = [:]
    for (_, encoding) in found { counts[encoding, default: 0] += 1 }
    // By name where two are as common, so that the same files give the same structure.
    let common = counts.max {
      ($0.value, $0.key.description) < ($1.value, $1.key.description)
    }
    encoding = common?.key ?? encoding
    encodingExceptions = [:]
    for (name, encoding) in found where encoding != self.encoding {
      encodingExceptions[name] = encoding
    }
  }
}
