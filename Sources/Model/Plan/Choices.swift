/// Every choice of a plan, resolved: what the ledger, the picture and the engine read.
public struct Choices: Hashable, Sendable {
  /// One entry per block of the checkpoint, in order.
  public internal(set) var blocks: [BlockChoices]
  /// On whose activations methods that need calibration rely.
  public internal(set) var calibration = CalibrationOrder.original

  /// The choices of an empty plan.
  public init(_ spec: ModelSpec) { blocks = spec.blocks.map(BlockChoices.init) }

  /// What is chosen for a linear.
  public subscript(linear: LinearID) -> LinearChoice {
    get {
      let block = blocks[linear.block]
      return switch linear {
      case .attention(_, let kind):
        block.attentionLinears.firstIndex(of: kind).map { block.attention[$0] } ?? LinearChoice()
      case .shared(_, let kind): block.shared[kind.index]
      case .expert(let id, let kind): block.feedForward[id.expert * 3 + kind.index]
      case .dense(_, let kind): block.feedForward[kind.index]
      }
    }
    set {
      switch linear {
      case .attention(let block, let kind):
        if let index = blocks[block].attentionLinears.firstIndex(of: kind) {
          blocks[block].attention[index] = newValue
        }
      case .shared(let block, let kind): blocks[block].shared[kind.index] = newValue
      case .expert(let id, let kind):
        blocks[id.block].feedForward[id.expert * 3 + kind.index] = newValue
      case .dense(let block, let kind): blocks[block].feedForward[kind.index] = newValue
      }
    }
  }

  /// The precision chosen for a linear.
  public func precision(of linear: LinearID) -> Precision { self[linear].precision }

  /// The neuron slimming chosen for a network; `nil` keeps all neurons.
  public internal(set) subscript(neuronsOf network: NetworkID) -> NeuronChoice? {
    get {
      switch network {
      case .expert(let id): blocks[id.block].neurons[id.expert]
      case .shared(let block): blocks[block].sharedNeurons
      case .dense(let block): blocks[block].neurons[0]
      }
    }
    set {
      switch network {
      case .expert(let id): blocks[id.block].neurons[id.expert] = newValue
      case .shared(let block): blocks[block].sharedNeurons = newValue
      case .dense(let block): blocks[block].neurons[0] = newValue
      }
    }
  }

  /// Whether an expert takes part: it, its layer and its block are kept.
  public func keeps(_ expert: ExpertID) -> Bool {
    blocks[expert.block].keepsFeedForward && !blocks[expert.block].expertDropped[expert.expert]
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
