import Model

extension ModelSpec {
  /// A made-up model: every block a MoE layer, unless listed as dense.
  public static func sample(
    blocks: Int = 4, experts: Int = 8, expertsPerToken: Int = 2, hidden: Int = 64,
    expertWidth: Int = 32, sharedWidth: Int? = nil, denseBlocks: Set<Int> = []
  ) -> ModelSpec {
    let attention = AttentionSpec(
      heads: 4, keyValueHeads: 2, headDimension: hidden / 4, queryKeyNorm: .wholeProjection)
    let moe = MoESpec(
      experts: experts, expertWidth: expertWidth,
      router: RouterSpec(
        kind: .softmaxThenTopK(renormalized: false), expertsPerToken: expertsPerToken),
      shared: sharedWidth.map { SharedExpertSpec(count: 1, width: $0) })
    return ModelSpec(
      name: "sample", family: "olmoe", fingerprint: Fingerprint(of: "sample"), vocabulary: 256,
      hidden: hidden, context: 512, normEpsilon: 1e-5, ropeTheta: 10_000, tiedHead: false,
      blocks: (0..<blocks).map { index in
        BlockSpec(
          attention: attention,
          feedForward: denseBlocks.contains(index) ? .dense(width: 4 * hidden) : .moe(moe))
      },
      names: TensorNames(), encoding: .elements(.bfloat16))
  }
}

extension Profile {
  /// Made-up scores: expert `e` of every block has load `(e + 1) / Σ`, so expert 0 is the least.
  public static func sample(of spec: ModelSpec, tokens: Int = 1000) -> Profile {
    let blocks = spec.blocks.enumerated().map { index, block in
      let sum = Double(block.expertCount * (block.expertCount + 1) / 2)
      let experts = (0..<block.expertCount).map { expert in
        let load = Double(expert + 1) / sum
        return ExpertProfile(
          index: expert, load: load, mass: load, selectedMass: load, meanWeight: 0.5,
          reap: Double(expert) / 10 + Double(index), ean: 1, tokens: Int(load * 2 * Double(tokens)),
          loadByDomain: ["prose": load, "code": 1 - load], weightNorm: 3,
          outliers: [4, 5, 6 + Double(expert)])
      }
      return BlockProfile(
        index: index, blockImportance: 0.1 * Double(index + 1), moeImportance: 0.05,
        attentionImportance: 0.02, attentionOutliers: [7, 8, 9, 10], experts: experts)
    }
    return Profile(
      model: spec.fingerprint, data: Fingerprint(of: "sample"), seed: 0, tokens: tokens,
      domains: [
        DomainTokens(name: "prose", tokens: tokens / 2),
        DomainTokens(name: "code", tokens: tokens / 2),
      ], blocks: blocks, version: "test", seconds: 1)
  }
}
