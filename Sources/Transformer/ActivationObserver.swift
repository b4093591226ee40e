import Model
import Numerics

/// Inputs of the linears that see every token, by who reads them.
public enum LinearInput: Hashable, Sendable {
  /// Normed residual stream `[tokens, hidden]`, read by the query, key and value projections, or
  /// by the projections to latent vectors.
  case attention
  /// Normed latent queries `[tokens, queryRank]`, read by their up projection.
  case latentQuery
  /// Normed latent vectors `[tokens, keyValueRank]`, read by their up projection.
  case latent
  /// Mixed values of all heads `[tokens, mixedWidth]`, read by the output projection.
  case attentionOutput
  /// Normed residual stream `[tokens, hidden]`, read by router, experts, shared expert or dense layer.
  case feedForward
  /// `silu(gate) · up` of the shared expert `[tokens, width]`, read by its down projection.
  case sharedDown
  /// `silu(gate) · up` of a dense layer `[tokens, width]`, read by its down projection.
  case denseDown
}

/// What happened inside one expert.
public struct ExpertActivations: Sendable {
  /// The expert.
  public let id: ExpertID
  /// Rows of its tokens in the batch, ascending; `n` of them, at least one.
  public let tokens: ArraySlice<Int>
  /// The weights the model mixes its outputs with, one for each token.
  public let weights: ArraySlice<Float>
  /// Normed inputs `[n, hidden]`, read by gate and up projection.
  public let input: Matrix
  /// `silu(gate) · up` `[n, expertWidth]`, read by the down projection.
  public let intermediate: Matrix
  /// Un-gated outputs `[n, hidden]`: not yet multiplied with the weights.
  public let output: Matrix
}

/// Sees activations as a forward pass computes them; every method does nothing unless implemented.
///
/// Matrices are lent: they are reused after the call, and nobody may write to them. `expert` is
/// called from several threads at once, the others from the thread that runs the pass, in the order
/// of the blocks. Rows are those of the `TokenBatch`. Dropped halves and experts are not reported.
public protocol ActivationObserver: Sendable {
  /// The residual stream that enters a block `[tokens, hidden]`, also when the block is dropped.
  func blockInput(_ block: Int, _ hidden: Matrix)
  /// The residual stream before and after an attention half, both `[tokens, hidden]`.
  func attention(_ block: Int, before: Matrix, after: Matrix)
  /// The residual stream before and after a feed-forward half, both `[tokens, hidden]`.
  func feedForward(_ block: Int, before: Matrix, after: Matrix)
  /// A router's raw logits `[tokens, experts]` and what followed from them.
  func router(_ block: Int, logits: Matrix, routing: Routing)
  /// One expert that got tokens, once for each pass.
  func expert(_ activations: ExpertActivations)
  /// What linears that see every token read.
  func linearInput(_ block: Int, _ input: LinearInput, _ activations: Matrix)
}

extension ActivationObserver {
  /// Does nothing.
  public func blockInput(_ block: Int, _ hidden: Matrix) {}
  /// Does nothing.
  public func attention(_ block: Int, before: Matrix, after: Matrix) {}
  /// Does nothing.
  public func feedForward(_ block: Int, before: Matrix, after: Matrix) {}
  /// Does nothing.
  public func router(_ block: Int, logits: Matrix, routing: Routing) {}
  /// Does nothing.
  public func expert(_ activations: ExpertActivations) {}
  /// Does nothing.
  public func linearInput(_ block: Int, _ input: LinearInput, _ activations: Matrix) {}
}
