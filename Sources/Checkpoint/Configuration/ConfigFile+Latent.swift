import Glibc
import Model

extension ConfigFile {
  /// The attention half of DeepSeek-V2 and V3.
  func latentAttention(pairing: RotaryPairing) throws(CheckpointError) -> AttentionSpec {
    try refuse("attention_bias", supported: "false")
    let heads = try integer("num_attention_heads", in: StructureLimit.width)
    let plain = try width("qk_nope_head_dim")
    let rotated = try width("qk_rope_head_dim")
    guard rotated % 2 == 0 else {
      let allowed = "even, as rotary embedding pairs its values"
      throw error("qk_rope_head_dim", .outOfRange(value: "\(rotated)", allowed: allowed))
    }
    _ = try width(heads, times: "qk_nope_head_dim", plain)
    _ = try width(heads, times: "qk_rope_head_dim", plain + rotated)
    var attention = AttentionSpec(
      heads: heads, keyValueHeads: heads, headDimension: plain + rotated)
    attention.valueDimension = try width("v_head_dim")
    _ = try width(heads, times: "v_head_dim", attention.valueDimension + plain)
    attention.rotaryWidth = rotated
    attention.rotaryPairing = pairing
    attention.latent = LatentSpec(
      queryRank: try optionalInteger("q_lora_rank", in: StructureLimit.width),
      keyValueRank: try width("kv_lora_rank"))
    attention.scoreScale = try latentScoreScale(headDimension: plain + rotated)
    return attention
  }

  /// YaRN makes these families' scores larger than `1 / √headDimension`, by their `mscale_all_dim`.
  private func latentScoreScale(headDimension: Int) throws(CheckpointError) -> Float? {
    let key = ropeKey
    guard case .yarn(let scaling) = try ropeScaling(rotaryWidth: 2),
      let magnitude = try numberUnlessZero(key.appending("mscale_all_dim"))
    else { return nil }
    let growth = YarnScaling.growth(scaling.factor, magnitude)
    return growth * growth / Float(headDimension).squareRoot()
  }
}

extension YarnScaling {
  /// `0.1 · magnitude · ln(factor) + 1`, and 1 for factors up to 1.
  static func growth(_ factor: Float, _ magnitude: Float = 1) -> Float {
    factor <= 1 ? 1 : 0.1 * magnitude * log(factor) + 1
  }
}
