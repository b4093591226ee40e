import Compression
import Numerics
import Transformer

/// A forward pass that goes on from the last kept residual stream, and keeps some on its way.
struct ResumedPass {
  /// The pass, and the plan's weights; `nil` for the original's.
  let pass: ForwardPass
  let weights: CompressedWeights?
  /// What a stream has gone through at each position.
  let chain: [Prefix?]
  /// Positions to keep.
  let positions: Set<Int>
  /// Those of them that are worth keeping as long as the data is the same.
  let lasting: Set<Int>
  /// The half whose experts are remembered, as a person or a search may be at work on them.
  let remembered: Int?
  let visit: StateCache.Visit

  /// The residual stream after the last block, `[tokens, hidden]`.
  ///
  /// - Throws: what the weights throw, or `CancellationError`.
  func stream(
    of batch: TokenBatch, round: Int, cancellation: Cancellation?
  ) throws -> Matrix {
    var (position, hidden) = try start(of: batch, round: round)
    while position < chain.count - 1 {
      hidden = try run(half: position, from: hidden, of: batch, round: round, cancellation)
      position += 1
      if positions.contains(position) { keep(hidden, at: position, round: round) }
    }
    return hidden
  }

  private func start(of batch: TokenBatch, round: Int) throws -> (Int, Matrix) {
    for position in chain.indices.reversed() {
      guard let prefix = chain[position] else { break }
      if let kept = visit.kept(.stream(after: prefix), round: round) {
        weights?.adopt(kept.notes)
        return (position, kept.matrix)
      }
    }
    return (0, try pass.embeddings(of: batch))
  }

  private func run(
    half: Int, from hidden: Matrix, of batch: TokenBatch, round: Int, _ cancellation: Cancellation?
  ) throws -> Matrix {
    let block = half / 2
    try pass.weights.prepare(block: block, cancellation: cancellation)
    if half % 2 == 0 {
      return try pass.attentionHalf(of: block, from: hidden, of: batch, cancellation: cancellation)
    }
    if half == remembered, let before = chain[half], let own = chain[half + 1]?.half {
      return try remember(
        block: block, from: hidden, .experts(after: before), own, round: round, cancellation)
    }
    return try pass.feedForwardHalf(of: block, from: hidden, cancellation: cancellation)
  }

  /// Runs a feed-forward half whose experts compute only what changed, and keeps what they answer.
  private func remember(
    block: Int, from hidden: Matrix, _ content: StateCache.Content, _ half: HalfIdentity,
    round: Int, _ cancellation: Cancellation?
  ) throws -> Matrix {
    let kept = visit.kept(content, round: round)
    let unchanged = kept?.experts.map { half.unchangedExperts(since: $0.half) } ?? []
    var memory = ExpertMemory(known: kept?.experts?.outputs, unchanged: unchanged)
    let after = try pass.feedForwardHalf(
      of: block, from: hidden, memory: &memory, cancellation: cancellation)
    guard let outputs = memory.outputs else { return after }
    if let kept {
      weights?.adopt(
        kept.notes.ofExperts(unchanged.intersection(outputs.experts), inBlock: block))
    }
    visit.keep(
      StateCache.Kept(
        matrix: Matrix(uninitialized: 0, 0), notes: weights?.notes ?? CompressionNotes(),
        experts: (outputs, half)),
      as: content, round: round, isLasting: false)
    return after
  }

  private func keep(_ hidden: Matrix, at position: Int, round: Int) {
    guard let prefix = chain[position] else { return }
    let notes = weights?.notes.ofHalves(before: position) ?? CompressionNotes()
    visit.keep(
      StateCache.Kept(matrix: hidden, notes: notes), as: .stream(after: prefix), round: round,
      isLasting: lasting.contains(position))
  }
}
