import Model
import Transformer

extension Structure {
  /// What takes part in the forward pass under a plan's choices.
  public init(_ choices: Choices) {
    self.init(
      blocks: choices.blocks.map { block in
        Block(
          attention: block.keepsAttention, feedForward: block.keepsFeedForward,
          experts: block.kept, of: block.expertDropped.count, standIn: block.standIn)
      })
  }
}

extension BlockChoices {
  /// The experts that the router picks among, ascending.
  var kept: [Int] { expertDropped.indices.filter { !expertDropped[$0] } }

  /// For every expert, the one whose weights answer for it.
  var standIn: [Int] {
    var standIn = Array(expertDropped.indices)
    for merge in merges {
      let kept = merge.members.filter { !expertDropped[$0] }
      for member in kept { standIn[member] = kept[0] }
    }
    return standIn
  }
}
