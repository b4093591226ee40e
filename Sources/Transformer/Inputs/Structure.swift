import Model

/// Which parts of a model take part in a forward pass.
public struct Structure: Hashable, Sendable {
  /// Which parts of one block take part.
  public struct Block: Hashable, Sendable {
    /// Whether the attention half runs; without it the residual stream passes by.
    public var attention: Bool
    /// Whether the feed-forward half runs.
    public var feedForward: Bool
    /// Kept experts, ascending, as indices of the untouched checkpoint; empty in a dense block.
    ///
    /// The router picks among these: the others' logits are taken out before the softmax.
    public var experts: [Int]
    /// For every expert of the untouched checkpoint, the one whose weights answer when the router
    /// chooses it: itself, or the one it was merged into.
    public var standIn: [Int]

    /// Chooses the parts of a block of `count` experts; without `standIn`, each answers for itself.
    public init(
      attention: Bool = true, feedForward: Bool = true, experts: [Int], of count: Int,
      standIn: [Int]? = nil
    ) {
      self.attention = attention
      self.feedForward = feedForward
      self.experts = experts
      self.standIn = standIn ?? Array(0..<count)
    }
  }

  /// One entry for each block of the untouched checkpoint.
  public var blocks: [Block]

  /// Chooses the parts of every block.
  public init(blocks: [Block]) { self.blocks = blocks }

  /// Everything takes part.
  public init(_ spec: ModelSpec) {
    blocks = spec.blocks.map { Block(experts: Array(0..<$0.expertCount), of: $0.expertCount) }
  }

  /// The same with every expert answering for itself.
  public var unmerged: Structure {
    Structure(
      blocks: blocks.map { block in
        var block = block
        block.standIn = Array(block.standIn.indices)
        return block
      })
  }
}
