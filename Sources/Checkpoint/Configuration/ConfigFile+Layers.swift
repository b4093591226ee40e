import Model

/// Which blocks are built differently.
extension ConfigFile {
  /// Qwen's blocks: experts in every `decoder_sparse_step`-th block that `mlp_only_layers` does not
  /// list, dense networks in the others.
  func qwenBlocks(
    attention: AttentionSpec, moe: MoESpec
  ) throws(CheckpointError) -> [BlockSpec] {
    try require("hidden_act", "silu")
    let blocks = try integer("num_hidden_layers", in: StructureLimit.blocks)
    let step = try optionalInteger("decoder_sparse_step", in: 1...Int.max) ?? 1
    let denseOnly = Set(try integers("mlp_only_layers"))
    let isMoE = (0..<blocks).map { !denseOnly.contains($0) && ($0 + 1) % step == 0 }
    let dense = FeedForwardSpec.dense(
      width: isMoE.contains(false) ? try width("intermediate_size") : 1)
    return isMoE.map { BlockSpec(attention: attention, feedForward: $0 ? .moe(moe) : dense) }
  }

  /// Whether each layer slides, as `layer_types` says; by `standard` where the config is silent.
  func slidingLayers(
    count: Int, standard: (Int) -> Bool
  ) throws(CheckpointError) -> [Bool] {
    let key: ConfigKey = "layer_types"
    guard let list = value(key) else { return (0..<count).map(standard) }
    let expected = "a list of \(count) layer types"
    guard let elements = list.elements, elements.count == count else {
      throw error(key, .wrongType(expected: expected, found: list.kind))
    }
    var slides: [Bool] = []
    for element in elements {
      switch element.text {
      case "sliding_attention": slides.append(true)
      case "full_attention": slides.append(false)
      default:
        throw error(
          key, .unsupported(value: element.kind, supported: "sliding_attention, full_attention"))
      }
    }
    return slides
  }
}
