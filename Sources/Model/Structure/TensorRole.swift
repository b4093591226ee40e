/// One of the tensors that hold all experts of a block.
public enum StackedTensor: String, Codable, Sendable, Hashable {
  case gateUp, gateUpBias, down, downBias
  /// Gate and up apart, as GGUF files store them.
  case gate, gateBias, up, upBias
}

/// What a tensor is for: one that is stored, or a part of one.
public enum TensorRole: Hashable, Sendable {
  /// Token embedding `[vocabulary, hidden]`.
  case embedding
  /// Norm after the last block `[hidden]`.
  case finalNorm
  /// Its bias `[hidden]`.
  case finalNormBias
  /// Output projection `[vocabulary, hidden]`; absent where the embedding is tied.
  case head
  /// Its bias `[vocabulary]`.
  case headBias
  /// Norm before the attention half `[hidden]`.
  case attentionNorm(block: Int)
  /// Its bias `[hidden]`.
  case attentionNormBias(block: Int)
  /// Norm before the feed-forward half `[hidden]`.
  case feedForwardNorm(block: Int)
  /// Its bias `[hidden]`.
  case feedForwardNormBias(block: Int)
  /// Norm on the queries, `[heads * headDimension]` or `[headDimension]`.
  case queryNorm(block: Int)
  /// Norm on the keys, `[keyValueHeads * headDimension]` or `[headDimension]`.
  case keyNorm(block: Int)
  /// Norm on the latent queries `[queryRank]`.
  case latentQueryNorm(block: Int)
  /// Norm on the latent vector of keys and values `[keyValueRank]`.
  case latentNorm(block: Int)
  /// Projection of the latent vector to the keys, `[heads, keyValueRank, unrotatedWidth]`, where it
  /// is stored apart.
  case latentKeys(block: Int)
  /// Projection of the latent vector to the values, `[heads, valueDimension, keyValueRank]`, where
  /// it is stored apart.
  case latentValues(block: Int)
  /// Learned scores that take part in each head's softmax `[heads]`.
  case sinks(block: Int)
  /// Router of a MoE layer `[experts, hidden]`.
  case router(block: Int)
  /// What is added to the router's logits `[experts]`.
  case routerBias(block: Int)
  /// What is added to the router's scores for the choice alone `[experts]`.
  case routerCorrection(block: Int)
  /// Gate of the shared experts `[1, hidden]`.
  case sharedGate(block: Int)
  /// A linear's weight `[out, in]`.
  case linear(LinearID)
  /// A linear's bias `[out]`.
  case bias(LinearID)
  /// The weights or biases of all experts of a block.
  case stacked(block: Int, StackedTensor)

  /// The block the tensor belongs to, or `nil` for embedding, final norm and head.
  public var block: Int? {
    switch self {
    case .embedding, .finalNorm, .finalNormBias, .head, .headBias: nil
    case .attentionNorm(let block), .attentionNormBias(let block), .feedForwardNorm(let block),
      .feedForwardNormBias(let block), .queryNorm(let block), .keyNorm(let block),
      .latentQueryNorm(let block), .latentNorm(let block), .latentKeys(let block),
      .latentValues(let block), .sinks(let block), .router(let block),
      .routerBias(let block), .routerCorrection(let block), .sharedGate(let block),
      .stacked(let block, _):
      block
    case .linear(let id), .bias(let id): id.block
    }
  }
}
