import Model
import Transformer

extension Structure {
  /// What takes part in the forward pass under a plan's choices.
  public init(_ choices: Choices) {
    self.init(
      blocks: choices.blocks.map { block in
        Block(
          attention: block.keepsAttention, feedForward: block.keepsFeedForward,
          experts: block.expertDropped.indices.filter { !block.expertDropped[$0] })
      })
  }
}
