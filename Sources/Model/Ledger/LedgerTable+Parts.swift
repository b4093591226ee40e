/// What is stored of a part of a model.
public struct StoredSize: Hashable, Sendable {
  /// Bytes as a plan stores it, scales included.
  public var bytes = 0
  /// Weights.
  public var weights = 0

  /// A size.
  public init(bytes: Int = 0, weights: Int = 0) {
    self.bytes = bytes
    self.weights = weights
  }

  static func + (left: Self, right: Self) -> Self {
    StoredSize(bytes: left.bytes + right.bytes, weights: left.weights + right.weights)
  }

  fileprivate init(_ ledger: Ledger) {
    self.init(bytes: ledger.bytes, weights: ledger.parameters)
  }
}

/// What of a block is read together under a plan.
public struct BlockParts: Hashable, Sendable {
  /// Weights of one expert, or of several that share them.
  public struct ExpertPart: Hashable, Sendable {
    /// The experts that answer with these weights.
    public var experts: [Int]
    /// What they take.
    public var size: StoredSize
  }

  /// The attention half; `nil` where it is dropped.
  public var attention: StoredSize?
  /// What every token needs of the feed-forward half: norms, router, shared experts or the dense
  /// network; `nil` where the half is dropped.
  public var always: StoredSize?
  /// The stored experts.
  public var experts: [ExpertPart]
}

extension LedgerTable {
  /// The blocks' parts under the choices; they add up to the ledger's blocks.
  public func parts(of choices: Choices) -> [BlockParts] {
    zip(blocks, choices.blocks).map { block, choice in
      BlockParts(
        attention: choice.keepsAttention ? attention(of: block, choice) : nil,
        always: nil, experts: []
      ).withFeedForward(choice.keepsFeedForward ? feedForward(of: block, choice) : nil)
    }
  }

  /// Embedding, final norm and head.
  public var outsideBlocks: StoredSize {
    StoredSize(bytes: outside.bytes, weights: outside.elements)
  }

  private func attention(of block: Block, _ choice: BlockChoices) -> StoredSize {
    var ledger = Ledger()
    addAttention(of: block, choice, to: &ledger)
    return StoredSize(ledger)
  }

  private func feedForward(
    of block: Block, _ choice: BlockChoices
  ) -> (always: StoredSize, experts: [BlockParts.ExpertPart]) {
    var all = Ledger()
    addFeedForward(of: block, choice, to: &all)
    var always = StoredSize(all)
    var experts: [BlockParts.ExpertPart] = []
    for (expert, dropped) in choice.expertDropped.enumerated()
    where !dropped && !choice.isMergedAway(expert) {
      var own = Ledger()
      addNetwork(of: expert, block, choice, to: &own)
      let size = StoredSize(own)
      always.bytes -= size.bytes
      always.weights -= size.weights
      experts.append(BlockParts.ExpertPart(experts: choice.sharing(expert), size: size))
    }
    return (always, experts)
  }
}

extension BlockParts {
  fileprivate func withFeedForward(
    _ parts: (always: StoredSize, experts: [ExpertPart])?
  ) -> Self {
    Self(attention: attention, always: parts?.always, experts: parts?.experts ?? [])
  }
}
