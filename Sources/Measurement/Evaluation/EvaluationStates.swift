import Compression
import Model
import Numerics
import Transformer

/// What one evaluation takes from and adds to the states that are kept.
struct EvaluationStates {
  private let visit: StateCache.Visit
  private let original: ResumedPass
  private let plan: ResumedPass
  /// Whether the plan does what the original does.
  private let isUntouched: Bool
  private let keepsLogits: Bool
  private let cancellation: Cancellation?

  /// - Parameters:
  ///   - model: the model
  ///   - positions: what to keep
  ///   - data: identity of the windows and of how rounds cut them
  ///   - plan: the plan's pass and weights
  ///   - cancellation: checked once per block and expert
  init(
    _ model: LoadedModel, _ positions: KeptPositions, data: Fingerprint,
    plan: (pass: ForwardPass, weights: CompressedWeights), cancellation: Cancellation?
  ) {
    let chain = Prefix.chain(plan.weights.halves)
    let last = chain.count - 1
    visit = model.states.visit(data, chain)
    original = ResumedPass(
      pass: model.originalPass, weights: nil, chain: model.originalChain,
      positions: positions.original, lasting: positions.original, visit: visit)
    let shared = Prefix.shared(chain, model.originalChain)
    isUntouched = shared == last
    // Where it leaves what is known: the next edit may well be there again.
    let known = visit.recent.map { Prefix.shared(chain, $0) } + [shared]
    let first = known.filter { $0 < last }.max() ?? last
    let lasting = positions.original.filter { $0 <= shared }
    self.plan = ResumedPass(
      pass: plan.pass, weights: plan.weights, chain: chain,
      positions: lasting.union(positions.plan.filter { $0 > shared }).union([first]),
      lasting: lasting, visit: visit)
    keepsLogits = positions.logits
    self.cancellation = cancellation
  }

  /// Compares the plan with the original on a round of windows: sums for every token.
  ///
  /// - Throws: what the weights throw, or `CancellationError`.
  func compare(_ batch: TokenBatch, round: Int) throws -> [WindowSums] {
    let known = visit.kept(.logits, round: round)
    let making =
      known == nil && keepsLogits
      ? Matrix(uninitialized: batch.count, plan.pass.spec.vocabulary) : nil
    let comparison = TargetComparison(
      batch: batch,
      original: try known.map { .kept($0.matrix) }
        ?? .made(of: finalStates(original, batch, round), into: making),
      plan: isUntouched ? nil : .made(of: try finalStates(plan, batch, round), into: nil),
      pass: plan.pass, cancellation: cancellation)
    let rows = try comparison.rows()
    if let making {
      visit.keep(StateCache.Kept(matrix: making), as: .logits, round: round, isLasting: true)
    }
    return rows
  }

  private func finalStates(
    _ resumed: ResumedPass, _ batch: TokenBatch, _ round: Int
  ) throws -> Matrix {
    let stream = try resumed.stream(of: batch, round: round, cancellation: cancellation)
    return try resumed.pass.finalNorm(of: stream)
  }
}
