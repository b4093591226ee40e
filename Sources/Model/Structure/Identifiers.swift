/// One of the projections of an attention half.
public enum AttentionLinear: String, CaseIterable, Codable, Sendable, Hashable {
  case query = "q"
  case key = "k"
  case value = "v"
  case output = "o"
  /// Residual stream to latent queries (latent attention).
  case queryDown = "qa"
  /// Latent queries to the queries of all heads.
  case queryUp = "qb"
  /// Residual stream to the latent vector of keys and values, and the shared rotated key.
  case keyValueDown = "kva"
  /// Latent vector to the keys and values of all heads.
  case keyValueUp = "kvb"

  /// The projections of multi-head and grouped-query attention.
  public static let grouped: [AttentionLinear] = [.query, .key, .value, .output]
}

/// One of the three projections of a gated feed-forward network (an expert, a shared expert or a
/// dense layer): `down(activation(gate x) * up x)`.
public enum FeedForwardLinear: String, CaseIterable, Codable, Sendable, Hashable {
  case gate, up, down
}

/// An expert's address, written `3.5` for block 3, expert 5, both counted from 0.
public struct ExpertID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
  /// The block's index in the untouched checkpoint.
  public var block: Int
  /// The expert's index in the untouched checkpoint.
  public var expert: Int

  /// Addresses expert `expert` of block `block`.
  public init(block: Int, expert: Int) {
    self.block = block
    self.expert = expert
  }

  /// `3.5`.
  public var description: String { "\(block).\(expert)" }

  /// Orders by block, then by expert.
  public static func < (left: Self, right: Self) -> Bool {
    (left.block, left.expert) < (right.block, right.expert)
  }
}

/// A linear whose bit-width a plan may choose.
///
/// Written `3.q` (attention), `3.5.down` (expert), `3.shared.up` (shared expert) and
/// `0.dense.gate` (feed-forward of a block without experts).
public enum LinearID: Hashable, Sendable, CustomStringConvertible {
  case attention(block: Int, AttentionLinear)
  case expert(ExpertID, FeedForwardLinear)
  case shared(block: Int, FeedForwardLinear)
  case dense(block: Int, FeedForwardLinear)

  /// The block the linear belongs to.
  public var block: Int {
    switch self {
    case .attention(let block, _), .shared(let block, _), .dense(let block, _): block
    case .expert(let id, _): id.block
    }
  }

  /// `3.q`, `3.5.down`, `3.shared.up` or `0.dense.gate`.
  public var description: String {
    switch self {
    case .attention(let block, let linear): "\(block).\(linear.rawValue)"
    case .expert(let id, let linear): "\(id).\(linear.rawValue)"
    case .shared(let block, let linear): "\(block).shared.\(linear.rawValue)"
    case .dense(let block, let linear): "\(block).dense.\(linear.rawValue)"
    }
  }
}
