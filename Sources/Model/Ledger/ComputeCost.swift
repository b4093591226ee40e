extension ModelSpec {
  /// Floating-point operations of one forward pass over `tokens` tokens under the choices.
  ///
  /// Closed form checked against Table 3 of "Demystifying the Compression of MoE" (2406.02500): two
  /// operations per weight a token meets, and `4 * tokens² * width` per attention half. Norms,
  /// softmax and rotary embedding are left out, as there.
  public func flops(tokens: Int, choices: Choices) -> Double {
    var weights = vocabulary * hidden
    var attentionWidth = 0
    for (index, choice) in choices.blocks.enumerated() {
      if choice.keepsAttention {
        weights += attentionWeights(ofBlock: index)
        attentionWidth += blocks[index].attention.queryWidth
      }
      if choice.keepsFeedForward {
        weights += feedForwardWeightsPerToken(ofBlock: index, keptExperts: choice.keptExperts)
      }
    }
    let length = Double(tokens)
    return 2 * length * Double(weights) + 4 * length * length * Double(attentionWidth)
  }

  /// Floating-point operations per token at `min(context, 2048)` tokens, where the papers measure.
  public func flopsPerToken(_ choices: Choices) -> Double {
    let tokens = min(context, 2048)
    return flops(tokens: tokens, choices: choices) / Double(tokens)
  }

  private func attentionWeights(ofBlock index: Int) -> Int {
    let attention = blocks[index].attention
    return 2 * hidden * (attention.queryWidth + attention.keyValueWidth)
  }

  private func feedForwardWeightsPerToken(ofBlock index: Int, keptExperts: Int) -> Int {
    switch blocks[index].feedForward {
    case .dense(let width): 3 * hidden * width
    case .moe(let moe):
      3 * hidden * (moe.router.expertsPerToken * moe.expertWidth + (moe.shared?.width ?? 0))
        + keptExperts * hidden
    }
  }
}
