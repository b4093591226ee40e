import Numerics
import Synchronization

/// Something that a cache of weights can hold.
public protocol CachedWeights: Sendable {
  /// Bytes it takes.
  var bytes: Int { get }
}

extension Matrix: CachedWeights {}

/// Widened weights kept for the next time, the most recently used ones, up to a number of bytes.
public final class WeightCache<Key: Hashable & Sendable, Weights: CachedWeights>: Sendable {
  /// Most bytes kept.
  public let budget: Int
  private let entries = Mutex<Entries<Key, Weights>>(Entries())

  /// An empty cache that keeps up to `budget` bytes.
  public init(budget: Int) { self.budget = budget }

  /// The weight under `key`, made by `make` when it is not there.
  ///
  /// Two threads that miss the same key at once both make it. A weight larger than the budget is
  /// made each time.
  ///
  /// - Throws: What `make` throws.
  public func weight<Failure: Error>(
    for key: Key, make: () throws(Failure) -> Weights
  ) throws(Failure) -> Weights {
    if let found = entries.withLock({ $0.use(key) }) { return found }
    let made = try make()
    entries.withLock { $0.insert(made, for: key, budget: budget) }
    return made
  }

  /// Whether something is kept under `key`.
  public func holds(_ key: Key) -> Bool { entries.withLock { $0.holds(key) } }

  /// Bytes of the weights it holds.
  public var bytes: Int { entries.withLock { $0.bytes } }

  /// Forgets everything.
  public func removeAll() { entries.withLock { $0 = Entries() } }
}

/// Weights with the time of their last use.
private struct Entries<Key: Hashable & Sendable, Weights: CachedWeights> {
  private var weights: [Key: (weight: Weights, lastUse: Int)] = [:]
  private var now = 0
  private(set) var bytes = 0

  mutating func use(_ key: Key) -> Weights? {
    now += 1
    weights[key]?.lastUse = now
    return weights[key]?.weight
  }

  func holds(_ key: Key) -> Bool { weights[key] != nil }

  mutating func insert(_ weight: Weights, for key: Key, budget: Int) {
    guard weight.bytes <= budget, weights[key] == nil else { return }
    if bytes + weight.bytes > budget { makeRoom(budget - weight.bytes) }
    weights[key] = (weight, now)
    bytes += weight.bytes
  }

  /// Drops the least recently used weights until at most `limit` bytes are left, and an eighth of
  /// that more, so that the sort is not needed for every insertion.
  private mutating func makeRoom(_ limit: Int) {
    let target = limit - limit / 8
    for (key, entry) in weights.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
      guard bytes > target else { return }
      weights[key] = nil
      bytes -= entry.weight.bytes
    }
  }
}
