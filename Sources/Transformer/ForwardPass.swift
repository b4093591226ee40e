import Model
import Numerics

/// The forward pass of a model: embeddings, blocks, final norm, logits.
///
/// Runs block by block with all sequences at once, so that every weight is read once and every
/// expert sees one large matrix. The same inputs give the same bits, whatever the number of workers.
///
/// Shapes: `tokens` are the rows of a `TokenBatch`, `hidden` is the width of the residual stream.
public struct ForwardPass: Sendable {
  /// The model.
  public let spec: ModelSpec
  /// Its weights.
  public let weights: any WeightSource
  /// The parts of it that run.
  public let structure: Structure
  /// The threads that compute.
  public let workers: Workers
  /// Where temporaries come from.
  public let scratch: Scratch
  /// Bytes of weights and activations that experts which run at once may take; one always runs.
  public let waveBytes: Int
  let rotaryTables = RotaryTables()

  /// A pass through `structure`, by default all of the model.
  public init(
    spec: ModelSpec, weights: any WeightSource, structure: Structure? = nil,
    workers: Workers = .shared, scratch: Scratch = Scratch(), waveBytes: Int = 256 << 20
  ) {
    let structure = structure ?? Structure(spec)
    precondition(structure.blocks.count == spec.blocks.count, "the structure is another model's")
    self.spec = spec
    self.weights = weights
    self.structure = structure
    self.workers = workers
    self.scratch = scratch
    self.waveBytes = waveBytes
  }

  /// The hidden states after the final norm, `[tokens, hidden]`: what the head reads.
  ///
  /// - Throws: `TransformerError`, what the weights throw, or `CancellationError`.
  public func hiddenStates(
    of batch: TokenBatch, observer: (any ActivationObserver)? = nil,
    cancellation: Cancellation? = nil
  ) throws -> Matrix {
    let embedded = try embeddings(of: batch)
    let hidden = try run(
      blocks: 0..<spec.blocks.count, from: embedded, of: batch, observer: observer,
      cancellation: cancellation)
    return try finalNorm(of: hidden)
  }

  /// The residual stream that enters the first block, `[tokens, hidden]`.
  ///
  /// - Throws: `TransformerError.unknownToken`, or what the weights throw.
  public func embeddings(of batch: TokenBatch) throws -> Matrix {
    for token in batch.tokens where token < 0 || token >= spec.vocabulary {
      throw TransformerError.unknownToken(token, vocabulary: spec.vocabulary)
    }
    let embedded = try weights.rows(batch.tokens, of: .embedding)
    if spec.multipliers.embedding != 1 { embedded.scale(by: spec.multipliers.embedding) }
    return embedded
  }

  /// The residual stream after `blocks`, `[tokens, hidden]`, from the one that enters the first of
  /// them, which is left as it is.
  ///
  /// Does not run any other block, so a pass can go on from a stored residual stream.
  ///
  /// - Throws: What the weights throw, or `CancellationError`.
  public func run(
    blocks: Range<Int>, from hidden: Matrix, of batch: TokenBatch,
    observer: (any ActivationObserver)? = nil, cancellation: Cancellation? = nil
  ) throws -> Matrix {
    var hidden = hidden
    for block in blocks {
      observer?.blockInput(block, hidden)
      try weights.prepare(block: block, cancellation: cancellation)
      hidden = try attentionHalf(
        of: block, from: hidden, of: batch, observer: observer, cancellation: cancellation)
      hidden = try feedForwardHalf(
        of: block, from: hidden, observer: observer, cancellation: cancellation)
    }
    return hidden
  }

  /// The residual stream after a block's attention half; `hidden` itself where that is dropped.
  ///
  /// - Throws: What the weights throw, or `CancellationError`.
  public func attentionHalf(
    of block: Int, from hidden: Matrix, of batch: TokenBatch,
    observer: (any ActivationObserver)? = nil, cancellation: Cancellation? = nil
  ) throws -> Matrix {
    guard structure.blocks[block].attention else { return hidden }
    let half = AttentionHalf(pass: self, block: block, cancellation: cancellation)
    return try half.apply(to: hidden, layout: SequenceLayout(batch), observer: observer)
  }

  /// The residual stream after a block's feed-forward half; `hidden` itself where that is dropped.
  ///
  /// - Throws: What the weights throw, or `CancellationError`.
  public func feedForwardHalf(
    of block: Int, from hidden: Matrix, observer: (any ActivationObserver)? = nil,
    cancellation: Cancellation? = nil
  ) throws -> Matrix {
    guard structure.blocks[block].feedForward else { return hidden }
    let half = FeedForwardHalf(pass: self, block: block, cancellation: cancellation)
    var memory: ExpertMemory?
    return try half.apply(to: hidden, observer: observer, memory: &memory)
  }

  /// The same half where its experts compute only what `memory` does not know; it then knows what
  /// they answered.
  ///
  /// Gives the same bits.
  ///
  /// - Throws: What the weights throw, or `CancellationError`.
  public func feedForwardHalf(
    of block: Int, from hidden: Matrix, memory: inout ExpertMemory,
    cancellation: Cancellation? = nil
  ) throws -> Matrix {
    guard structure.blocks[block].feedForward else { return hidden }
    let half = FeedForwardHalf(pass: self, block: block, cancellation: cancellation)
    var recalling: ExpertMemory? = memory
    defer { memory = recalling ?? memory }
    return try half.apply(to: hidden, observer: nil, memory: &recalling)
  }

  /// The residual stream after the last block, normed: `[tokens, hidden]`.
  ///
  /// - Throws: What the weights throw.
  public func finalNorm(of hidden: Matrix) throws -> Matrix {
    try normed(hidden, by: .finalNorm, bias: .finalNormBias)
  }

  /// Rows that one worker takes at a time, out of `rows`: whatever the workers, so that results do not
  /// depend on them.
  ///
  /// A product packs its weight anew for every tile, so tiles are large; but eight cores should have
  /// something to do.
  static func tileRows(_ rows: Int) -> Int {
    max(256, min(largestTile, (rows / 8 + 15) / 16 * 16))
  }

  /// Most rows of a tile: their activations stay near the core.
  static let largestTile = 640
}
