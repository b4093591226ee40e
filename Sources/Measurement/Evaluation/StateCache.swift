import Compression
import Model
import Numerics
import Synchronization
import Transformer

/// What evaluations of plans can share, kept from one to the next up to a number of bytes: residual
/// streams between halves of blocks, and the original's logits.
///
/// Room is made first from what belongs to other data, then from what earlier plans left behind, in
/// both what was used least recently first. What an evaluation itself used, and what of the original's
/// states on the same data is to last, make no room: rounds come in the same order every time, so those that were
/// dropped would be the next ones needed.
final class StateCache: Sendable {
  /// What is kept of one round of windows.
  enum Content: Hashable {
    /// A residual stream after some halves.
    case stream(after: Prefix)
    /// The original's logits.
    case logits
    /// What the experts of the layer after some halves answered, in the plan measured last.
    case experts(after: Prefix)
  }

  /// A kept matrix.
  struct Kept: Sendable {
    /// `[tokens, hidden]`, `[tokens, vocabulary]` of logits, or nothing.
    var matrix: Matrix
    /// What methods noted on the way there.
    var notes = CompressionNotes()
    /// What experts answered, and under which choices.
    var experts: (outputs: ExpertOutputs, half: HalfIdentity)?

    fileprivate var bytes: Int {
      matrix.storageBytes + (experts.map { $0.outputs.bytes + $0.half.bytes } ?? 0)
    }
  }

  fileprivate struct Place: Hashable {
    var data: Fingerprint
    var round: Int
    var content: Content
  }

  fileprivate struct Entry {
    var kept: Kept
    var bytes: Int
    var isLasting: Bool
    var lastUse: Int
  }

  fileprivate struct State {
    var entries: [Place: Entry] = [:]
    var bytes = 0
    var now = 0
    /// The plans measured last, the last one at the end.
    var recent: [[Prefix?]] = []
  }

  /// Most bytes kept.
  let budget: Int
  fileprivate let state = Mutex(State())

  /// Keeps up to `budget` bytes.
  init(budget: Int) { self.budget = budget }

  /// Bytes of what it holds.
  var bytes: Int { state.withLock(\.bytes) }

  /// Forgets everything.
  func removeAll() {
    state.withLock { state in
      (state.entries, state.bytes, state.recent) = ([:], 0, [])
    }
  }
}

extension StateCache {
  /// The cache as one evaluation sees it.
  struct Visit: Sendable {
    fileprivate let cache: StateCache
    fileprivate let data: Fingerprint
    fileprivate let now: Int
    /// The plans measured before, the last one at the end.
    let recent: [[Prefix?]]
  }

  /// Plans remembered, to tell where a person or a search is at work.
  private static let mostRecent = 3

  /// Begins an evaluation on some data, of a plan with the given chain.
  func visit(_ data: Fingerprint, _ chain: [Prefix?]) -> Visit {
    state.withLock { state in
      state.now += 1
      let recent = state.recent
      state.recent.removeAll { $0.last == chain.last }
      state.recent = state.recent.suffix(Self.mostRecent - 1) + [chain]
      return Visit(cache: self, data: data, now: state.now, recent: recent)
    }
  }
}

extension StateCache.Visit {
  /// What is kept of a round.
  func kept(_ content: StateCache.Content, round: Int) -> StateCache.Kept? {
    let place = StateCache.Place(data: data, round: round, content: content)
    return cache.state.withLock { state in
      guard let entry = state.entries[place] else { return nil }
      state.entries[place]?.lastUse = max(entry.lastUse, now)
      return entry.kept
    }
  }

  /// Keeps something of a round, where it fits.
  func keep(
    _ kept: StateCache.Kept, as content: StateCache.Content, round: Int, isLasting: Bool
  ) {
    let place = StateCache.Place(data: data, round: round, content: content)
    let entry = StateCache.Entry(
      kept: kept, bytes: kept.bytes + content.bytes, isLasting: isLasting,
      lastUse: now)
    cache.state.withLock { $0.insert(entry, at: place, budget: cache.budget) }
  }
}

extension StateCache.State {
  fileprivate mutating func insert(
    _ entry: StateCache.Entry, at place: StateCache.Place, budget: Int
  ) {
    if case .experts = place.content, let old = entries.removeValue(forKey: place) {
      bytes -= old.bytes
    }
    guard entries[place] == nil, makeRoom(for: entry, of: place.data, budget: budget) else {
      return
    }
    entries[place] = entry
    bytes += entry.bytes
  }

  /// Drops nothing where dropping all that may go would not be enough.
  private mutating func makeRoom(
    for entry: StateCache.Entry, of data: Fingerprint, budget: Int
  ) -> Bool {
    let limit = budget - entry.bytes
    guard bytes > limit else { return true }
    let candidates = entries.filter { place, other in
      place.data != data || (!other.isLasting && other.lastUse < entry.lastUse)
    }
    guard bytes - candidates.values.reduce(0, { $0 + $1.bytes }) <= limit else { return false }
    // A few more than needed, so that small ones are not sorted for every insertion.
    let fewest = entries.count / 16
    let order = candidates.sorted { first, second in
      let (one, other) = (first.key.data == data, second.key.data == data)
      guard one == other else { return other }
      return (first.value.lastUse, -first.key.round) < (second.value.lastUse, -second.key.round)
    }
    for (index, candidate) in order.enumerated() where bytes > limit || index < fewest {
      entries[candidate.key] = nil
      bytes -= candidate.value.bytes
    }
    return true
  }
}

extension StateCache.Content {
  /// Bytes of what describes the last half.
  fileprivate var bytes: Int {
    switch self {
    case .stream(let prefix), .experts(let prefix): prefix.half.bytes
    case .logits: 0
    }
  }
}
