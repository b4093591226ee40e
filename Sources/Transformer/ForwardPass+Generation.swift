import Model
import Numerics

extension ForwardPass {
  /// Continues sequences: runs new tokens behind what `cache` holds, adds them to it, and returns
  /// their hidden states after the final norm, `[tokens, hidden]`.
  ///
  /// Sequence `i` of `batch` continues the cache's sequence `sequences[i]`. So a prompt is one call,
  /// and every further token of the sequences that go on is another.
  ///
  /// - Throws: `TransformerError`, what the weights throw, or `CancellationError`; the cache then
  ///   counts none of the new tokens.
  public func append(
    _ batch: TokenBatch, to cache: KeyValueCache, sequences: [Int],
    cancellation: Cancellation? = nil
  ) throws -> Matrix {
    precondition(sequences.count == batch.sequences.count, "one cached sequence for each new one")
    precondition(Set(sequences).count == sequences.count, "a sequence is continued twice")
    let layout = SequenceLayout(batch, behind: sequences.map { cache.lengths[$0] })
    var hidden = try embeddings(of: batch)
    for block in spec.blocks.indices {
      try weights.prepare(block: block, cancellation: cancellation)
      if structure.blocks[block].attention {
        let half = AttentionHalf(pass: self, block: block, cancellation: cancellation)
        hidden = try half.apply(to: hidden, layout: layout, continuing: (cache, sequences))
      }
      hidden = try feedForwardHalf(of: block, from: hidden, cancellation: cancellation)
    }
    let normed = try finalNorm(of: hidden)
    for (sequence, rows) in zip(sequences, batch.sequences) {
      cache.advance(sequence, by: rows.count)
    }
    return normed
  }
}
