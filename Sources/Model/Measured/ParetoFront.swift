/// What a plan costs and what it loses: the two sides that are weighed against each other.
public struct TradeOff: Hashable, Codable, Sendable {
  /// Bytes of all tensors.
  public var bytes: Int
  /// `KL(original || plan)`, nats per token.
  public var kl: Double

  /// A plan's two sides.
  public init(bytes: Int, kl: Double) {
    self.bytes = bytes
    self.kl = kl
  }
}

/// The plans that no other plan beats on bytes and KL at once.
public enum ParetoFront {
  /// Indices of the points on the front, by rising bytes and so by falling KL.
  ///
  /// Of equal points the last one stands for all. A point whose KL is no number is never on it.
  ///
  /// - Complexity: O(*n* log *n*).
  public static func indices(of points: [TradeOff]) -> [Int] {
    let order = points.indices.filter { points[$0].kl.isFinite }.sorted {
      (points[$0].bytes, points[$0].kl, -$0) < (points[$1].bytes, points[$1].kl, -$1)
    }
    var front: [Int] = []
    var least = Double.infinity
    for index in order where points[index].kl < least {
      front.append(index)
      least = points[index].kl
    }
    return front
  }
}
