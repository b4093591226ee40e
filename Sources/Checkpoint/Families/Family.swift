import Model

/// A model family, as one declaration in one file of this folder.
///
/// It says what the family's checkpoints are called, how they name their tensors, and how their
/// `config.json` reads.
public struct Family: Sendable {
  /// The value of `model_type` in `config.json`.
  public let modelType: String
  /// How its checkpoints name their tensors.
  public let names: TensorNames
  /// How llama.cpp's files of it are read; `nil` where there are none.
  let gguf: GGUFDialect?
  /// The blocks that a config describes; refuses, by key, what this family's code does not compute.
  let blocks: @Sendable (ConfigFile) throws(CheckpointError) -> [BlockSpec]
  /// Sets what few families have: another norm, a biased head, multipliers.
  let extras: @Sendable (ConfigFile, inout ModelSpec) throws(CheckpointError) -> Void

  init(
    modelType: String, names: TensorNames, gguf: GGUFDialect? = nil,
    extras: @escaping @Sendable (ConfigFile, inout ModelSpec) throws(CheckpointError) -> Void = {
      (_, _) throws(CheckpointError) in
    },
    blocks: @escaping @Sendable (ConfigFile) throws(CheckpointError) -> [BlockSpec]
  ) {
    self.modelType = modelType
    self.names = names
    self.gguf = gguf
    self.blocks = blocks
    self.extras = extras
  }

  /// Every family this program knows, by name.
  public static let all: [Family] = [
    .deepseek, .deepseekV2, .deepseekV3, .glm4MoE, .gptOSS, .graniteMoE, .mixtral, .olmoe, .phiMoE,
    .qwen2MoE, .qwen3MoE,
  ]

  /// The family that `config` names.
  static func named(in config: ConfigFile) throws(CheckpointError) -> Family {
    let modelType = try config.text("model_type")
    guard let family = all.first(where: { $0.modelType == modelType }) else {
      throw .family(file: config.path, modelType: modelType, supported: all.map(\.modelType))
    }
    return family
  }
}

extension Family {
  /// The structure that `config` describes, as far as it goes without weights.
  ///
  /// `encoding` falls back to bfloat16 where the config is silent; the weights' headers correct it.
  func structure(of config: ConfigFile, name: String) throws(CheckpointError) -> ModelSpec {
    let blocks = try blocks(config)
    guard blocks.reduce(0, { $0 + $1.expertCount }) <= StructureLimit.allExperts else {
      let allowed =
        "so small that all blocks together have at most \(StructureLimit.allExperts)"
        + " experts"
      let count = "\(blocks.count)"
      throw config.error("num_hidden_layers", .outOfRange(value: count, allowed: allowed))
    }
    var spec = ModelSpec(
      name: name, family: modelType, fingerprint: Fingerprint(),
      vocabulary: try config.integer("vocab_size", in: StructureLimit.vocabulary),
      hidden: try config.width("hidden_size"),
      context: try config.integer("max_position_embeddings", in: StructureLimit.context),
      normEpsilon: try config.positiveNumber("rms_norm_eps"),
      ropeTheta: try config.ropeTheta(), tiedHead: try config.bool("tie_word_embeddings"),
      blocks: blocks, names: names, encoding: .elements(try config.storedType() ?? .bfloat16))
    spec.ropeScaling = try config.ropeScaling(rotaryWidth: blocks[0].attention.rotaryWidth)
    try extras(config, &spec)
    return spec
  }
}
