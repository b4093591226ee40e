/// A gated feed-forward network of a block: one expert, the shared experts or a dense layer.
public enum NetworkID: Hashable, Sendable, CustomStringConvertible {
  case expert(ExpertID)
  case shared(block: Int)
  case dense(block: Int)

  /// The block it belongs to.
  public var block: Int {
    switch self {
    case .expert(let id): id.block
    case .shared(let block), .dense(let block): block
    }
  }

  /// One of its linears.
  public func linear(_ kind: FeedForwardLinear) -> LinearID {
    switch self {
    case .expert(let id): .expert(id, kind)
    case .shared(let block): .shared(block: block, kind)
    case .dense(let block): .dense(block: block, kind)
    }
  }

  /// `3.5`, `3.shared` or `0.dense`.
  public var description: String {
    switch self {
    case .expert(let id): "\(id)"
    case .shared(let block): "\(block).shared"
    case .dense(let block): "\(block).dense"
    }
  }
}

/// Fewer neurons in a gated feed-forward network: rows of gate and up, columns of down (SlimMoE,
/// arXiv 2506.18349).
public struct NeuronChoice: Hashable, Sendable {
  /// Neurons that stay: those with the largest saliency.
  public var kept: Int
  /// Neurons of the untouched network.
  public let width: Int
  /// Whether the down projection is fitted anew to the untouched network's outputs.
  public var refit: Bool

  /// Keeps `kept` of `width` neurons.
  public init(kept: Int, of width: Int, refit: Bool = false) {
    self.kept = kept
    self.width = width
    self.refit = refit
  }
}

extension ModelSpec {
  /// The network a linear belongs to; `nil` for attention.
  public func network(of linear: LinearID) -> NetworkID? {
    switch linear {
    case .attention: nil
    case .expert(let id, _): .expert(id)
    case .shared(let block, _): .shared(block: block)
    case .dense(let block, _): .dense(block: block)
    }
  }

  /// Neurons of an untouched network.
  public func width(of network: NetworkID) -> Int { shape(of: network.linear(.gate)).rows }
}
