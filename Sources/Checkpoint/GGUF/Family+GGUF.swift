import Model

extension Family {
  /// Every architecture of GGUF files that is read, by name.
  static let architectures = Set(all.compactMap { $0.gguf?.architecture }).sorted()

  /// The structure that the metadata of a GGUF file describe, and the settings it was read from.
  static func structure(
    of parts: GGUFParts, name: String
  ) throws(CheckpointError) -> (spec: ModelSpec, config: ConfigFile) {
    let architecture = try architecture(of: parts)
    var settings = try GGUFSettings(parts, architecture: architecture)
    let family = all.first { family in
      guard let dialect = family.gguf, dialect.architecture == architecture else { return false }
      return dialect.isFamily(settings)
    }
    guard let family, let dialect = family.gguf else {
      throw .architecture(
        file: parts.metadata.path, name: architecture, .unknown, supported: architectures)
    }
    try dialect.translate(&settings)
    let config = settings.config
    var spec = try family.structure(of: config, name: name)
    spec.apply(dialect, parts)
    try spec.checkRotaryWidth(settings)
    return (spec, config)
  }

  private static func architecture(of parts: GGUFParts) throws(CheckpointError) -> String {
    let key = "general.architecture"
    guard let name = try parts.metadata.text(key) else {
      throw parts.metadata.error(key, .missing)
    }
    func problem(_ problem: ArchitectureProblem) -> CheckpointError {
      .architecture(file: parts.metadata.path, name: name, problem, supported: architectures)
    }
    guard architectures.contains(name) else { throw problem(.unknown) }
    guard let experts = try parts.metadata.count("\(name).expert_count"), experts > 0 else {
      throw problem(.noExperts)
    }
    return name
  }
}

extension ModelSpec {
  /// Takes over what GGUF files store otherwise than checkpoints.
  fileprivate mutating func apply(_ dialect: GGUFDialect, _ parts: GGUFParts) {
    names = dialect.names
    for block in blocks.indices {
      if blocks[block].attention.latent == nil {
        blocks[block].attention.rotaryPairing = dialect.pairing
      } else if parts.find(names.name(of: .latentKeys(block: block))) != nil {
        blocks[block].attention.latent?.storesHeads = true
      }
      if case .moe(var moe) = blocks[block].feedForward {
        moe.storage = expertStorage(ofBlock: block, parts)
        blocks[block].feedForward = .moe(moe)
      }
    }
  }

  /// Experts are stacked: gate and up apart, in most files; in very old ones they are not.
  private func expertStorage(ofBlock block: Int, _ parts: GGUFParts) -> ExpertStorage {
    func has(_ role: TensorRole) -> Bool { parts.find(names.name(of: role)) != nil }
    if has(.stacked(block: block, .gateUp)) { return .stacked }
    if !has(.stacked(block: block, .gate)),
      has(.linear(.expert(ExpertID(block: block, expert: 0), .gate)))
    {
      return .separate
    }
    return .stackedApart
  }

  /// Files say how many elements of a head rotate; families that have no such setting rotate all.
  fileprivate func checkRotaryWidth(_ settings: GGUFSettings) throws(CheckpointError) {
    let key = settings.key("rope.dimension_count")
    let width = blocks[0].attention.rotaryWidth
    guard let stated = try settings.metadata.count(key), stated != width else { return }
    throw settings.metadata.error(key, .unsupported(value: "\(stated)", supported: "\(width)"))
  }
}
