import Model

/// The settings of families that call their experts "routed": DeepSeek's and GLM's.
extension ConfigFile {
  /// Blocks of which the first are dense, and then all but each `frequency`-th; experts as wide as `moe_intermediate_size`, shared ones
  /// stored as one network.
  func blocksAfterDenseOnes(
    attention: AttentionSpec, router: RouterSpec, experts: Int, frequency: Int? = nil
  ) throws(CheckpointError) -> [BlockSpec] {
    let width = try width("moe_intermediate_size")
    var moe = MoESpec(experts: experts, expertWidth: width, router: router)
    if let count = try optionalInteger(
      "n_shared_experts", in: 0...StructureLimit.experts.upperBound),
      count > 0
    {
      let sharedWidth = try self.width(width, times: "n_shared_experts", count)
      moe.shared = SharedExpertSpec(count: count, width: sharedWidth)
    }
    let dense = FeedForwardSpec.dense(width: try self.width("intermediate_size"))
    let blocks = try integer("num_hidden_layers", in: StructureLimit.blocks)
    let firstMoE = try integer("first_k_dense_replace", in: 0...Int.max)
    let stated = try optionalInteger("moe_layer_freq", in: 1...Int.max)
    let frequency = frequency ?? stated ?? 1
    return (0..<blocks).map { block in
      let isMoE = block >= firstMoE && block % frequency == 0
      return BlockSpec(attention: attention, feedForward: isMoE ? .moe(moe) : dense)
    }
  }

  /// The router of DeepSeek-V3 and GLM-4: sigmoids, a correction for the choice, groups.
  func sigmoidRouter(experts: Int) throws(CheckpointError) -> RouterSpec {
    if value("scoring_func") != nil { try require("scoring_func", "sigmoid") }
    if value("topk_method") != nil { try require("topk_method", "noaux_tc") }
    let picked = try integer("num_experts_per_tok", in: 1...experts)
    let kind = RouterKind.sigmoid(
      groups: try expertGroups(experts: experts, picked: picked),
      renormalized: try bool("norm_topk_prob"),
      scale: try positiveNumber("routed_scaling_factor"))
    return RouterSpec(kind: kind, expertsPerToken: picked)
  }

  /// Groups of experts; `nil` where all experts are one group.
  func expertGroups(experts: Int, picked: Int) throws(CheckpointError) -> ExpertGroups? {
    let count = try integer("n_group", in: 1...experts)
    guard experts % count == 0 else {
      let allowed = "a divisor of n_routed_experts (\(experts))"
      throw error("n_group", .outOfRange(value: "\(count)", allowed: allowed))
    }
    let groups = try integer("topk_group", in: 1...count)
    guard groups * (experts / count) >= picked else {
      let allowed = "so many groups that they hold num_experts_per_tok (\(picked)) experts"
      throw error("topk_group", .outOfRange(value: "\(groups)", allowed: allowed))
    }
    return count == groups ? nil : ExpertGroups(count: count, picked: groups)
  }
}
