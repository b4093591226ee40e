import Numerics
import Transformer

/// Continues sequences with the most likely token, all of them side by side.
struct GreedyGeneration {
  var pass: ForwardPass
  var cancellation: Cancellation?

  /// Continues every prompt by up to `tokens` tokens.
  ///
  /// - Parameters:
  ///   - prompts: token ids, none empty
  ///   - tokens: most tokens to add to each
  ///   - isLast: whether a token ends its sequence; it is still part of the continuation
  ///   - onStep: called after every step with the tokens added to all sequences so far
  /// - Returns: the added ids of every prompt.
  /// - Throws: `CancellationError`, or what the weights throw.
  func `continue`(
    _ prompts: [[Int]], tokens: Int, until isLast: (Int) -> Bool, onStep: (Int) -> Void = { _ in }
  ) throws -> [[Int]] {
    let cache = KeyValueCache(pass.spec, capacities: prompts.map { $0.count + tokens })
    var continuations = prompts.map { _ in [Int]() }
    var active = Array(prompts.indices)
    var next = prompts
    var added = 0
    for _ in 0..<tokens where !active.isEmpty {
      let batch = TokenBatch(next)
      let hidden = try pass.append(
        batch, to: cache, sequences: active, cancellation: cancellation)
      let ends = batch.sequences.map { $0.upperBound - 1 }
      let last = Matrix(uninitialized: ends.count, hidden.columns)
      last.gather(ends[...], from: hidden)
      let logits = try pass.logits(of: last, cancellation: cancellation)
      let chosen = ends.indices.map { LogitRows.argmax(logits.row($0)) }
      for (sequence, token) in zip(active, chosen) { continuations[sequence].append(token) }
      added += active.count
      onStep(added)
      let going = zip(active, chosen).filter { !isLast($1) }
      active = going.map(\.0)
      next = going.map { [$0.1] }
    }
    return continuations
  }
}
