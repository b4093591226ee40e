import Numerics
import Synchronization
import Transformer

/// Log-likelihoods of continuations given their contexts.
struct ChoiceLikelihoods {
  var pass: ForwardPass
  var cancellation: Cancellation?

  /// Σ ln p of every choice's targets, nats, for every item.
  ///
  /// What the choices of an item share goes through the model once; their continuations go on from
  /// its cached keys and values, all items side by side. Logits exist for scored rows alone.
  ///
  /// - Throws: `CancellationError`, or what the weights throw.
  func of(_ items: ArraySlice<MultipleChoiceTask.Item>) throws -> [[Double]] {
    let choices = items.flatMap { item in item.choices.map { ($0, item.shared) } }
    let cache = KeyValueCache(pass.spec, capacities: choices.map(\.0.inputs.count))
    try passShared(items, into: cache)
    let batch = TokenBatch(choices.map { Array($0.inputs.dropFirst($1)) })
    let hidden = try pass.append(
      batch, to: cache, sequences: Array(choices.indices), cancellation: cancellation)
    var rows: [Int] = []
    var targets: [Int] = []
    for ((choice, shared), range) in zip(choices, batch.sequences) {
      rows += range.dropFirst(choice.firstScored - shared)
      targets += choice.tokens.suffix(choice.targets)
    }
    let scored = pass.scratch.matrix(rows: rows.count, columns: hidden.columns)
    scored.gather(rows[...], from: hidden)
    var figures = try logLikelihoods(of: targets, behind: scored)[...]
    return items.map { item in
      item.choices.map { choice in
        defer { figures = figures.dropFirst(choice.targets) }
        return figures.prefix(choice.targets).reduce(0, +)
      }
    }
  }

  /// Passes the beginning of every item, and gives it to all its choices.
  private func passShared(
    _ items: ArraySlice<MultipleChoiceTask.Item>, into cache: KeyValueCache
  ) throws {
    var first = 0
    var sequences: [(first: Int, item: MultipleChoiceTask.Item)] = []
    for item in items {
      if item.shared > 0 { sequences.append((first, item)) }
      first += item.choices.count
    }
    guard !sequences.isEmpty else { return }
    let batch = TokenBatch(
      sequences.map { Array($0.item.choices[0].tokens.prefix($0.item.shared)) })
    _ = try pass.append(
      batch, to: cache, sequences: sequences.map(\.first), cancellation: cancellation)
    for (first, item) in sequences {
      for other in 1..<item.choices.count { cache.copy(first, to: first + other) }
    }
  }

  /// `ln p` of each target under the logits of the row before it; `hidden` is `[targets, hidden]`.
  private func logLikelihoods(of targets: [Int], behind hidden: Matrix) throws -> [Double] {
    let results = Mutex(Array(repeating: 0.0, count: targets.count))
    try pass.forEachLogitTile(of: hidden, cancellation: cancellation) { range, logits in
      let figures = range.map { row in
        -LogitRows.negativeLogLikelihood(of: targets[row], in: logits.row(row - range.lowerBound))
      }
      results.withLock { $0.replaceSubrange(range, with: figures) }
    }
    return results.withLock { $0 }
  }
}
