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
      positions: positions.original, lasting: positions.original, remembered: nil,
      visit: visit)
    let shared = Prefix.shared(chain, model.originalChain)
    isUntouched = shared == last
    // Where it leaves what is known: the next edit may well be there again.
    let known = visit.recent.map { Prefix.shared(chain, $0) } + [shared]
    let first = known.filter { $0 < last }.max() ?? last
    let lasting = positions.original.filter { $0 <= shared }
    self.plan = ResumedPass(
      pass: plan.pass, weights: plan.weights, chain: chain,
      positions: lasting.union(positions.plan.filter { $0 > shared }).union([first]),
      lasting: lasting, remembered: positions.experts && first % 2 == 1 ? first : nil, visit: visit)
    keepsLogits = positions.logits
    self.cancellation = cancellation
  }

  /// Compares the plan with the original on a round of windows: sums for every token.
  ///
  /// - Throws: what the weights throw, or `CancellationError`.
  func compare(_ batch: TokenBatch, round: Int) throws -> [WindowSums] {
    let original = try originalLogits(of: batch, round: round)
    let plan = isUntouched ? nil : try finalStates(plan, batch, round)
    let comparison = TargetComparison(
      batch: batch, original: original, plan: plan.map { .made(of: $0, into: nil) },
      pass: self.plan.pass, cancellation: cancellation)
    let rows = try comparison.rows()
    if case .made(_, let logits?) = original {
      visit.keep(StateCache.Kept(matrix: logits), as: .logits, round: round, isLasting: true)
    }
    return rows
  }

  private func originalLogits(of batch: TokenBatch, round: Int) throws -> LogitSource {
    if let known = visit.kept(.logits, round: round) { return .kept(known.matrix) }
    let hidden = try finalStates(original, batch, round)
    let logits =
      keepsLogits
      ? Matrix(uninitialized: batch.count, original.pass.spec.vocabulary) : nil
    return .made(of: hidden, into: logits)
  }

  private func finalStates(
    _ resumed: ResumedPass, _ batch: TokenBatch, _ round: Int
  ) throws -> Matrix {
    let stream = try resumed.stream(of: batch, round: round, cancellation: cancellation)
    return try resumed.pass.finalNorm(of: stream)
  }
}
