import Model

/// `mxfp4`: gpt-oss with its experts in 4-bit floats, `[experts, out, in]`.
struct MXFP4Scheme: QuantizationScheme {
  func encoding(of weight: TensorSpec) -> StoredEncoding? {
    switch weight.role {
    case .stacked(_, .gateUp), .stacked(_, .down): .mxfp4
    default: nil
    }
  }

  func adapt(_ spec: inout ModelSpec, _ config: ConfigFile) throws(CheckpointError) {
    guard spec.family == "gpt_oss" else {
      throw config.error(
        config.quantizationKey("quant_method"),
        .unsupported(value: "\"mxfp4\" with \(spec.family)", supported: "mxfp4 with gpt_oss"))
    }
    let block = StoredEncoding.mxfp4Block
    for index in spec.blocks.indices {
      guard case .moe(var moe) = spec.blocks[index].feedForward else { continue }
      for (key, width) in [
        (ConfigKey("hidden_size"), spec.hidden), ("intermediate_size", moe.expertWidth),
      ] where width % block != 0 {
        let allowed = "a multiple of \(block), as so many weights share a scale in mxfp4"
        throw config.error(key, .outOfRange(value: "\(width)", allowed: allowed))
      }
      moe.storage = .stackedAlternating
      spec.blocks[index].feedForward = .moe(moe)
    }
  }
}
