import Numerics
import Synchronization

/// Widened weights kept for the next time, the most recently used ones, up to a number of bytes.
public final class WeightCache<Key: Hashable & Sendable>: Sendable {
  /// Most bytes kept.
  public let budget: Int
  private let entries = Mutex<Entries<Key>>(Entries())

  /// An empty cache that keeps up to `budget` bytes.
  public init(budget: Int) { self.budget = budget }

  /// The weight under `key`, made by `make` when it is not there.
  ///
  /// Two threads that miss the same key at once both make it. A weight larger than the budget is
  /// made each time.
  ///
  /// - Throws: What `make` throws.
  public func weight<Failure: Error>(
    for key: Key, make: () throws(Failure) -> Matrix
  ) throws(Failure) -> Matrix {
    if let found = entries.withLock({ $0.use(key) }) { return found }
    let made = try make()
    entries.withLock { $0.insert(made, for: key, budget: budget) }
    return made
  }

  /// Bytes of the weights it holds.
  public var bytes: Int { entries.withLock { $0.bytes } }

  /// Forgets everything.
  public func removeAll() { entries.withLock { $0 = Entries() } }
}

/// Weights with the time of their last use.
private struct Entries<Key: Hashable & Sendable> {
  private var weights: [Key: (weight: Matrix, lastUse: Int)] = [:]
  private var now = 0
  private(set) var bytes = 0

  mutating func use(_ key: Key) -> Matrix? {
    now += 1
    weights[key]?.lastUse = now
    return weights[key]?.weight
  }

  mutating func insert(_ weight: Matrix, for key: Key, budget: Int) {
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
