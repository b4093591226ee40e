import Checkpoint
import Compression
import Model
import Numerics
import Transformer

/// Measures plans of one model on one set of windows against the original.
///
/// Residual streams of the original and of the plans measured last are kept between blocks, as far as
/// the memory budget reaches, and with a small vocabulary the original's logits too. So a plan costs
/// what comes after its first difference from them. It gives the same bits as from scratch.
public final class Evaluator: Sendable {
  /// Tokens of a round where the weights are at hand.
  public static let roundTokens = 2560

  /// Version that results carry.
  private let version: String
  private let model: LoadedModel
  private let tokenizer: Tokenizer?
  private let windows: TokenWindows
  /// Identity of the windows and tasks.
  public let data: Fingerprint
  private let tasks: [EvaluationTask]
  private let roundTokens: Int
  /// Identity of the windows and of how rounds cut them.
  private let rounds: Fingerprint
  private let positions: KeptPositions

  /// Prepares to measure on the given windows; without a tokenizer, tasks are left out.
  ///
  /// Rounds have tokens enough for large products, few enough for a first figure soon; where weights
  /// stream, as many as fit, so that they are read seldom.
  public convenience init(
    _ model: LoadedModel, tokenizer: Tokenizer?, windows: TokenWindows, tasks: [EvaluationTask],
    version: String
  ) {
    self.init(
      model, tokenizer: tokenizer, windows: windows, tasks: tasks, version: version,
      roundTokens: model.streams ? model.memory.tokens(model.spec) : Self.roundTokens)
  }

  /// The same with rounds of about so many tokens.
  init(
    _ model: LoadedModel, tokenizer: Tokenizer?, windows: TokenWindows, tasks: [EvaluationTask],
    version: String, roundTokens: Int
  ) {
    self.roundTokens = roundTokens
    self.model = model
    self.tokenizer = tokenizer
    self.windows = windows
    let tasks = tokenizer == nil ? [] : tasks
    self.tasks = tasks
    self.version = version
    var data = windows.fingerprint
    var rounds = data
    rounds.combine(roundTokens)
    self.rounds = rounds
    for task in tasks { data.combine(task) }
    self.data = data
    positions = KeptPositions(
      budget: model.states.budget, tokens: windows.tokens, spec: model.spec)
  }

  /// Tokens that a measurement passes through the model.
  public func tokens(withTasks: Bool) -> Int {
    windows.tokens + (withTasks ? tasks.reduce(0) { $0 + $1.tokens } : 0)
  }

  /// Measures a plan.
  ///
  /// - Parameters:
  ///   - plan: what to measure
  ///   - calibration: tokens for the plan's methods that need them
  ///   - withTasks: whether the tasks are asked too, after the texts
  ///   - cancellation: checked once per block and expert
  ///   - progress: called after every round with figures for the part done so far
  /// - Returns: the figures of all texts and tasks.
  /// - Throws: `CancellationError`, or what the weights throw.
  public func evaluate(
    _ plan: Plan, calibration: CalibrationSample? = nil, withTasks: Bool = true,
    cancellation: Cancellation? = nil,
    progress: (Evaluation) -> Void = { _ in }
  ) throws -> Evaluation {
    let start = ContinuousClock.now
    let (pass, weights) = model.pass(plan.choices, calibration: calibration)
    let states = EvaluationStates(
      model, positions, data: rounds, plan: (pass, weights), cancellation: cancellation)
    let rounds = windows.rounds(ofTokens: roundTokens, leading: 2)
    let total = tokens(withTasks: withTasks)
    var sums = windows.domains.map { _ in [WindowSums]() }
    var taskResults: [TaskEvaluation] = []
    var done = 0
    func result(complete: Bool) -> Evaluation {
      let seconds = (ContinuousClock.now - start).seconds
      var evaluation = Evaluation(
        model: model.spec.fingerprint, plan: plan.digest, data: data,
        windows: windows.domains.map(\.windows.count).max() ?? 0,
        overall: DomainEvaluation(name: "overall", windows: sums.filter { !$0.isEmpty }),
        domains: zip(windows.domains, sums).filter { !$1.isEmpty }.map {
          DomainEvaluation(name: $0.name, windows: [$1])
        },
        tasks: taskResults, seconds: seconds, tokensPerSecond: Double(done) / seconds,
        version: version, fraction: complete ? 1 : min(0.999, Double(done) / Double(max(1, total))))
      evaluation.calibration = plan.choices.needsCalibration ? calibration?.reference : nil
      evaluation.notes = weights.notes.sentences
      return evaluation
    }
    for (index, round) in rounds.enumerated() {
      for (domain, figures) in try compare(round, index, states) {
        sums[domain] += figures
      }
      done += round.reduce(0) { $0 + $1.ids.count }
      progress(result(complete: false))
    }
    for task in withTasks ? tasks : [] {
      guard let tokenizer else { break }
      let asking = TaskRun(
        pass: pass, tokenizer: tokenizer, memory: model.memory, cancellation: cancellation)
      let figures = try asking.ask(task) { tokens in
        done += tokens
        progress(result(complete: false))
      }
      taskResults.append(figures)
    }
    return result(complete: true)
  }

  /// Sums of every window of a round, with the window's domain.
  ///
  /// A domain's only window is cut in four, so that its spread is not unknown.
  private func compare(
    _ round: [TokenWindows.Item], _ index: Int, _ states: EvaluationStates
  ) throws -> [(domain: Int, sums: [WindowSums])] {
    let batch = TokenBatch(round.map(\.ids))
    let rows = try states.compare(batch, round: index)
    return zip(round, batch.sequences).map { item, range in
      let parts = windows.domains[item.domain].windows.count == 1 ? 4 : 1
      let length = max(1, (range.count - 1 + parts - 1) / parts)
      let starts = stride(from: range.lowerBound, to: range.upperBound - 1, by: length)
      let sums = starts.map { start in
        rows[start..<min(start + length, range.upperBound)].reduce(WindowSums(), +)
      }
      return (item.domain, sums)
    }
  }
}

extension Duration {
  /// In seconds.
  var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}
