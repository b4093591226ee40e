/// What one linear takes.
public struct LinearSize: Hashable, Sendable {
  /// Bytes with scales and zero points.
  public var bytes = 0
  /// Weights.
  public var weights = 0
  /// Bits of a weight, metadata left out.
  public var bits = 0
  /// Whether average bits count it (attention and experts, not dense layers).
  public var isCounted = false

  /// A linear that takes nothing: one whose weights lie under another.
  public init() {}
}

/// The parts that a ledger is the sum of, for searches that change one at a time.
extension LedgerTable {
  /// Bytes of embedding, final norm and head.
  public var outsideBytes: Int { outside.bytes }

  /// Bytes of an attention half beside its linears.
  public func attentionVectorBytes(ofBlock block: Int) -> Int {
    blocks[block].attentionVectors.bytes
  }

  /// Bytes of a feed-forward half beside its linears and what each expert adds.
  public func feedForwardVectorBytes(ofBlock block: Int) -> Int {
    blocks[block].feedForwardVectors.bytes
  }

  /// Bytes of an expert's row of the router.
  public func routerRowBytes(ofBlock block: Int) -> Int { blocks[block].routerRow.bytes }

  /// Bytes of the biases of one expert's linears when it keeps some of its neurons.
  public func expertBiasBytes(ofBlock block: Int, neurons: NeuronChoice?) -> Int {
    let block = blocks[block]
    guard let neurons else { return block.expertBiases.bytes }
    return block.expertBiases.bytes
      - (block.feedForward[0].rows - neurons.kept) * block.neuronBias.bytes
  }

  /// What a linear takes.
  ///
  /// - Precondition: the model has it, and a group of the precision divides its inputs.
  public func size(
    of linear: LinearID, neurons: NeuronChoice?, precision: Precision
  ) -> LinearSize {
    let block = blocks[linear.block]
    let shape =
      switch linear {
      case .attention(_, let kind):
        block.attention[block.attentionLinears.firstIndex(of: kind) ?? 0]
      case .shared(_, let kind): block.shared[kind.index].slimmed(kind.index, to: neurons)
      case .dense(_, let kind): block.feedForward[kind.index].slimmed(kind.index, to: neurons)
      case .expert(let id, let kind):
        block.feedForward[id.expert * 3 + kind.index].slimmed(kind.index, to: neurons)
      }
    var size = LinearSize()
    size.weights = shape.elements
    size.isCounted = shape.counted
    switch precision {
    case .stored: (size.bytes, size.bits) = (shape.storedBytes, shape.storedBits)
    case .quantized(let quantization):
      size.bytes = quantization.bytes(rows: shape.rows, columns: shape.columns)
      size.bits = quantization.bits
    }
    return size
  }
}
