import Model

/// What methods noted, by the part it happened to, so that what a plan shares with another one can
/// be told from the rest.
public struct CompressionNotes: Hashable, Sendable {
  private var byPart: [CompressedWeights.Key.Part: Set<CompressionNote>] = [:]

  /// Nothing was noted.
  public init() {}

  /// Whether nothing was noted.
  public var isEmpty: Bool { byPart.isEmpty }

  /// A sentence for each thing that happened, with the parts it happened to.
  public var sentences: [String] { byPart.values.joined().sentences }

  /// What the parts of the first halves noted; attention and feed-forward halves take turns.
  public func ofHalves(before half: Int) -> CompressionNotes {
    filtered { $0.half < half }
  }

  /// What some experts of a block noted.
  public func ofExperts(_ experts: Set<Int>, inBlock block: Int) -> CompressionNotes {
    filtered { part in
      guard case .network(.expert(let id), _) = part, id.block == block else { return false }
      return experts.contains(id.expert)
    }
  }

  /// Adds what others noted.
  public mutating func formUnion(_ other: CompressionNotes) {
    byPart.merge(other.byPart) { $0.union($1) }
  }

  mutating func add(_ notes: [CompressionNote], of part: CompressedWeights.Key.Part) {
    byPart[part, default: []].formUnion(notes)
  }

  private func filtered(
    _ isIncluded: (CompressedWeights.Key.Part) -> Bool
  ) -> CompressionNotes {
    var filtered = self
    filtered.byPart = byPart.filter { isIncluded($0.key) }
    return filtered
  }
}

extension CompressedWeights.Key.Part {
  /// The place of its half among all: two for each block.
  fileprivate var half: Int {
    switch self {
    case .attention(let linear): 2 * linear.block
    case .network(let network, _): 2 * network.block + 1
    }
  }
}
