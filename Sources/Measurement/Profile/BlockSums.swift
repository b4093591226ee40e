import Model

/// What a calibration pass sums for one block.
struct BlockSums: Hashable, Sendable {
  /// Σ over the tokens of one group of windows.
  struct Cosines: Hashable, Codable, Sendable {
    var tokens = 0
    /// Σ of the cosine before and after the block, its attention and its feed-forward.
    var block = 0.0
    var attention = 0.0
    var feedForward = 0.0

    static func + (left: Self, right: Self) -> Self {
      Cosines(
        tokens: left.tokens + right.tokens, block: left.block + right.block,
        attention: left.attention + right.attention,
        feedForward: left.feedForward + right.feedForward)
    }
  }

  /// By group.
  var cosines: [Cosines]
  /// Scores of q, k, v, o.
  var attentionWeights: [WeightScores] = []
  /// Scores of gate, up and down, by expert.
  var expertWeights: [[WeightScores]]
  /// Expert after expert of the first group, then of the second, and so on.
  var experts: [ExpertSums]

  /// Nothing summed yet.
  init(groups: Int, experts count: Int) {
    cosines = Array(repeating: Cosines(), count: groups)
    expertWeights = Array(repeating: [], count: count)
    experts = Array(repeating: ExpertSums(), count: groups * count)
  }

  /// How many experts the block has.
  var expertCount: Int { expertWeights.count }

  /// What was summed for an expert over some groups.
  func sum(ofExpert expert: Int, groups: Range<Int>) -> ExpertSums {
    groups.reduce(into: ExpertSums()) { $0 += experts[$1 * expertCount + expert] }
  }

  /// Whether both are about a block of the same shape.
  func fits(_ other: BlockSums) -> Bool {
    cosines.count == other.cosines.count && expertCount == other.expertCount
      && experts.count == other.experts.count
  }
}

extension BlockSums: Codable {
  /// The experts' sums are many and stored elsewhere, as numbers.
  private enum CodingKeys: String, CodingKey {
    case cosines, attentionWeights, expertWeights
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    cosines = try container.decode([Cosines].self, forKey: .cosines)
    attentionWeights = try container.decode([WeightScores].self, forKey: .attentionWeights)
    expertWeights = try container.decode([[WeightScores]].self, forKey: .expertWeights)
    experts = Array(repeating: ExpertSums(), count: cosines.count * expertWeights.count)
  }
}
