/// What a plan chooses for one block.
public struct BlockChoices: Hashable, Sendable {
  /// Block Drop: attention and feed-forward are both gone.
  public var blockDropped = false
  /// Attention Drop: the attention half and its norm are gone.
  public var attentionDropped = false
  /// Layer Drop: the feed-forward half and its norm are gone.
  public var moeDropped = false
  /// Expert Drop, by expert index; empty in a dense block.
  public var expertDropped: [Bool]
  /// Experts that share weights; no expert is in two of them.
  public internal(set) var merges: [ExpertMerge] = []
  /// The attention half's projections.
  public let attentionLinears: [AttentionLinear]
  /// The choice for each of them, in that order.
  public internal(set) var attention: [LinearChoice]
  /// The choices for the shared experts' gate, up, down; empty without shared experts.
  public internal(set) var shared: [LinearChoice]
  /// The choices for gate, up, down of expert 0, then of expert 1 …; of the one network in a dense
  /// block.
  public internal(set) var feedForward: [LinearChoice]
  /// Neuron slimming of expert 0, expert 1 …, or of the one network in a dense block.
  public internal(set) var neurons: [NeuronChoice?]
  /// Neuron slimming of the shared experts.
  public internal(set) var sharedNeurons: NeuronChoice?

  /// Everything kept and stored as it is.
  public init(_ block: BlockSpec) {
    let networks = max(1, block.expertCount)
    expertDropped = Array(repeating: false, count: block.expertCount)
    attentionLinears = block.attention.linears
    attention = Array(repeating: LinearChoice(), count: attentionLinears.count)
    let projections = FeedForwardLinear.allCases.count
    shared =
      block.moe?.shared == nil ? [] : Array(repeating: LinearChoice(), count: projections)
    feedForward = Array(repeating: LinearChoice(), count: networks * projections)
    neurons = Array(repeating: nil, count: networks)
  }

  /// Whether the attention half takes part.
  public var keepsAttention: Bool { !blockDropped && !attentionDropped }
  /// Whether the feed-forward half takes part.
  public var keepsFeedForward: Bool { !blockDropped && !moeDropped }
  /// Experts not dropped, whether or not their layer is.
  public var keptExperts: Int { expertDropped.reduce(0) { $0 + ($1 ? 0 : 1) } }

  /// The precision of a projection of the attention half; `nil` where the half has no such one.
  public func precision(of linear: AttentionLinear) -> Precision? {
    attentionLinears.firstIndex(of: linear).map { attention[$0].precision }
  }

  /// The precision of the three projections of an expert.
  public func precisions(ofExpert expert: Int) -> [Precision] {
    feedForward[expert * 3..<expert * 3 + 3].map(\.precision)
  }

  /// The kept experts that share an expert's weights, ascending, itself among them; the first is
  /// the one whose choices count and whose weights are stored.
  public func sharing(_ expert: Int) -> [Int] {
    guard let merge = merges.first(where: { $0.members.contains(expert) }) else { return [expert] }
    return merge.members.filter { !expertDropped[$0] }
  }

  /// Whether an expert's weights are stored under another expert.
  public func isMergedAway(_ expert: Int) -> Bool {
    !merges.isEmpty && sharing(expert).first.map { $0 != expert } ?? false
  }
}
