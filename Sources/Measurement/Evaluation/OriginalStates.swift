import Model
import Numerics
import Synchronization

/// The original's final hidden states, kept between measurements up to a number of bytes.
///
/// States of other data make room, the least recently used first. States of the same data do not:
/// rounds come in the same order every time, so those that were dropped would be the next ones needed.
final class OriginalStates: Sendable {
  fileprivate struct Rounds {
    var states: [Int: Matrix] = [:]
    var lastUse = 0
    var bytes: Int { states.values.reduce(0) { $0 + $1.bytes } }
  }

  fileprivate struct State {
    var byData: [Fingerprint: Rounds] = [:]
    var now = 0
    var bytes: Int { byData.values.reduce(0) { $0 + $1.bytes } }
  }

  /// Most bytes kept.
  let budget: Int
  private let state = Mutex(State())

  /// Keeps up to `budget` bytes.
  init(budget: Int) { self.budget = budget }

  /// Bytes of the states it holds.
  var bytes: Int { state.withLock(\.bytes) }

  /// The states `[tokens, hidden]` of a round of the data, made by `make` where they are not kept.
  ///
  /// - Throws: what `make` throws.
  func states(of data: Fingerprint, round: Int, make: () throws -> Matrix) rethrows -> Matrix {
    let known = state.withLock { state -> Matrix? in
      state.now += 1
      state.byData[data]?.lastUse = state.now
      return state.byData[data]?.states[round]
    }
    if let known { return known }
    let made = try make()
    state.withLock { $0.keep(made, of: data, round: round, budget: budget) }
    return made
  }
}

extension OriginalStates.State {
  fileprivate mutating func keep(
    _ states: Matrix, of data: Fingerprint, round: Int, budget: Int
  ) {
    let others = byData.filter { $0.key != data }.sorted { $0.value.lastUse < $1.value.lastUse }
    for (other, _) in others where bytes + states.bytes > budget { byData[other] = nil }
    guard bytes + states.bytes <= budget else { return }
    byData[data, default: OriginalStates.Rounds(lastUse: now)].states[round] = states
  }
}
