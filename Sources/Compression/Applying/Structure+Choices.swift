import Model
import Transformer

extension Structure {
  /// What takes part in the forward pass under a plan's choices.
  public init(_ choices: Choices) {
    self.init(
      blocks: choices.blocks.map { block in
        Block(
          attention: block.keepsAttention, feedForward: block.keepsFeedForward,
          experts: block.expertDropped.indices.filter { !block.expertDropped[$0] },
          of: block.expertDropped.count, standIn: block.standIn)
      })
  }
}

extension BlockChoices {
  /// For every expert, the one whose weights answer for it.
  fileprivate var standIn: [Int] {
    var standIn = Array(expertDropped.indices)
    for merge in merges {
      let kept = merge.members.filter { !expertDropped[$0] }
      for member in kept { standIn[member] = kept[0] }
    }
    return standIn
  }
}
