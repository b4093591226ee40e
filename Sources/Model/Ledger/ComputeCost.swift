extension ModelSpec {
  /// Floating-point operations of one forward pass over `tokens` tokens under the choices.
  ///
  /// Closed form checked against Table 3 of "Demystifying the Compression of MoE" (2406.02500): two
  /// operations per weight a token meets, and `4 * tokens² * width` per attention half. Norms, biases,
  /// softmax and rotary embedding are left out, as there.
  public func flops(tokens: Int, choices: Choices) -> Double {
    var weights = vocabulary * hidden
    // Widths of the scores' products and of the mixed values, of all heads.
    var attentionWidths = 0
    for (index, choice) in choices.blocks.enumerated() {
      if choice.keepsAttention {
        weights += attentionWeights(ofBlock: index)
        attentionWidths += blocks[index].attention.queryWidth
        attentionWidths += blocks[index].attention.mixedWidth
      }
      if choice.keepsFeedForward { weights += feedForwardWeightsPerToken(index, choice) }
    }
    let length = Double(tokens)
    return 2 * length * Double(weights) + 2 * length * length * Double(attentionWidths)
  }

  /// Floating-point operations per token at `min(context, 2048)` tokens, where the papers measure.
  public func flopsPerToken(_ choices: Choices) -> Double {
    let tokens = min(context, 2048)
    return flops(tokens: tokens, choices: choices) / Double(tokens)
  }

  private func attentionWeights(ofBlock index: Int) -> Int {
    let attention = blocks[index].attention
    return attention.linears.reduce(0) { sum, linear in
      let (rows, columns) = attention.shape(of: linear, hidden: hidden)
      return sum + rows * columns
    }
  }

  private func feedForwardWeightsPerToken(_ index: Int, _ choice: BlockChoices) -> Int {
    switch blocks[index].feedForward {
    case .dense(let width): return 3 * hidden * (choice.neurons[0]?.kept ?? width)
    case .moe(let moe):
      let shared = choice.sharedNeurons?.kept ?? moe.shared?.width ?? 0
      let kept = choice.expertDropped.indices.filter { !choice.expertDropped[$0] }
      // Experts may differ in width: the mean stands for whichever the router picks.
      let widths = kept.reduce(0) { sum, expert in
        sum + (choice.sharing(expert).first.flatMap { choice.neurons[$0] }?.kept ?? moe.expertWidth)
      }
      let routed = moe.router.expertsPerToken * widths / max(1, kept.count)
      return 3 * hidden * (routed + shared) + kept.count * hidden
    }
  }
}
