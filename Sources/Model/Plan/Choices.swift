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
  /// The attention half's projections.
  public let attentionLinears: [AttentionLinear]
  /// Precision of each of them, in that order.
  public internal(set) var attention: [Precision]
  /// Precision of the shared experts' gate, up, down; empty without shared experts.
  public internal(set) var shared: [Precision]
  /// Precision of gate, up, down of expert 0, then of expert 1 …; of the one network in a dense
  /// block.
  public internal(set) var feedForward: [Precision]

  /// Everything kept and stored as it is.
  public init(_ block: BlockSpec) {
    expertDropped = Array(repeating: false, count: block.expertCount)
    attentionLinears = block.attention.linears
    attention = Array(repeating: .stored, count: attentionLinears.count)
    let projections = FeedForwardLinear.allCases.count
    shared = block.moe?.shared == nil ? [] : Array(repeating: .stored, count: projections)
    feedForward = Array(repeating: .stored, count: max(1, block.expertCount) * projections)
  }

  /// Whether the attention half takes part.
  public var keepsAttention: Bool { !blockDropped && !attentionDropped }
  /// Whether the feed-forward half takes part.
  public var keepsFeedForward: Bool { !blockDropped && !moeDropped }
  /// Experts not dropped, whether or not their layer is.
  public var keptExperts: Int { expertDropped.reduce(0) { $0 + ($1 ? 0 : 1) } }

  /// The precision of a projection of the attention half; `nil` where the half has no such one.
  public func precision(of linear: AttentionLinear) -> Precision? {
    attentionLinears.firstIndex(of: linear).map { attention[$0] }
  }

  /// The precision of the three projections of an expert.
  public func precisions(ofExpert expert: Int) -> ArraySlice<Precision> {
    feedForward[expert * 3..<expert * 3 + 3]
  }
}

/// Every choice of a plan, resolved: what the ledger, the picture and the engine read.
public struct Choices: Hashable, Sendable {
  /// One entry per block of the checkpoint, in order.
  public internal(set) var blocks: [BlockChoices]

  /// The choices of an empty plan.
  public init(_ spec: ModelSpec) { blocks = spec.blocks.map(BlockChoices.init) }

  /// The precision chosen for a linear.
  public func precision(of linear: LinearID) -> Precision {
    let block = blocks[linear.block]
    return switch linear {
    case .attention(_, let kind): block.precision(of: kind) ?? .stored
    case .shared(_, let kind): block.shared[kind.index]
    case .expert(let id, let kind): block.feedForward[id.expert * 3 + kind.index]
    case .dense(_, let kind): block.feedForward[kind.index]
    }
  }

  /// Whether an expert takes part: it, its layer and its block are kept.
  public func keeps(_ expert: ExpertID) -> Bool {
    blocks[expert.block].keepsFeedForward && !blocks[expert.block].expertDropped[expert.expert]
  }

  mutating func setPrecision(of linear: LinearID, to precision: Precision) {
    switch linear {
    case .attention(let block, let kind):
      if let index = blocks[block].attentionLinears.firstIndex(of: kind) {
        blocks[block].attention[index] = precision
      }
    case .shared(let block, let kind): blocks[block].shared[kind.index] = precision
    case .expert(let id, let kind):
      blocks[id.block].feedForward[id.expert * 3 + kind.index] = precision
    case .dense(let block, let kind): blocks[block].feedForward[kind.index] = precision
    }
  }

  mutating func setDropped(_ unit: Unit, to dropped: Bool) {
    switch unit {
    case .expert(let id): blocks[id.block].expertDropped[id.expert] = dropped
    case .moe(let block): blocks[block].moeDropped = dropped
    case .attention(let block): blocks[block].attentionDropped = dropped
    case .block(let block): blocks[block].blockDropped = dropped
    }
  }

  func isDropped(_ unit: Unit) -> Bool {
    switch unit {
    case .expert(let id): blocks[id.block].expertDropped[id.expert]
    case .moe(let block): blocks[block].moeDropped
    case .attention(let block): blocks[block].attentionDropped
    case .block(let block): blocks[block].blockDropped
    }
  }
}

/// Something Expert Trimming can remove.
public enum Unit: Hashable, Sendable {
  case expert(ExpertID)
  case moe(block: Int)
  case attention(block: Int)
  case block(Int)
}

extension FeedForwardLinear {
  /// Position in gate, up, down.
  public var index: Int {
    switch self {
    case .gate: 0
    case .up: 1
    case .down: 2
    }
  }
}

extension Fingerprint {
  /// Adds choices, so that equal choices give equal fingerprints in every process.
  mutating func combine(_ choices: Choices) {
    for block in choices.blocks {
      let flags =
        (block.blockDropped ? 1 : 0) + (block.attentionDropped ? 2 : 0) + (block.moeDropped ? 4 : 0)
      combine(bytes: CollectionOfOne(UInt8(flags)))
      combine(bytes: block.expertDropped.lazy.map { $0 ? 1 : 0 })
      for precisions in [block.attention, block.shared, block.feedForward] {
        for precision in precisions { combine(precision) }
      }
    }
  }

  private mutating func combine(_ precision: Precision) {
    guard case .quantized(let quantization) = precision else {
      return combine(bytes: CollectionOfOne(0))
    }
    let group: UInt8 =
      if case .inputs(let size) = quantization.group { UInt8(truncatingIfNeeded: size) } else { 1 }
    combine(bytes: [UInt8(quantization.bits), group, quantization.symmetric ? 1 : 0])
  }
}
