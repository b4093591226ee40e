import Model
import Workbench

/// An evaluation on paper.
enum EvaluationText {
  /// One line a domain, the tasks, and where the figures come from.
  static func text(_ evaluation: Evaluation) -> String {
    var table = TextTable(
      "domain", "tokens", "perplexity", "95 % interval", "KL, nats", "95 % interval",
      "same top-1")
    for domain in evaluation.domains + [evaluation.overall] {
      table.add(
        domain.name, Figure.grouped(domain.tokens), Figure.fixed(domain.perplexity, 3),
        interval(domain.perplexityInterval, 2), Figure.fixed(domain.kl, 4),
        interval(domain.klInterval, 4), Figure.percent(domain.top1Agreement))
    }
    let tasks = evaluation.tasks.map { "\n" + task($0) }
    let notes = evaluation.notes.map { "\nnote: \($0)" }
    let calibration = evaluation.calibration.map {
      "\ncalibrated on \(Figure.grouped($0.tokens)) tokens, seed \($0.seed), data \($0.data.short)"
    }
    return """
      \(table.text)\(tasks.joined())\(notes.joined())\(calibration ?? "")
      \(evaluation.windows) window\(evaluation.windows == 1 ? "" : "s") a domain, \(Figure.fixed(evaluation.seconds, 2)) s, \
      \(Figure.grouped(Int(evaluation.tokensPerSecond))) tokens/s, data \(evaluation.data.short), \
      plan \(evaluation.plan.short)
      """
  }

  private static func task(_ task: TaskEvaluation) -> String {
    let accuracy = share(task.accuracy, task.accuracyInterval)
    guard let normalized = task.normalizedAccuracy, let interval = task.normalizedAccuracyInterval
    else { return "\(task.name) task: \(accuracy) of \(task.items) answers exact" }
    return "\(task.name) task: \(accuracy) of \(task.items) choices right, normalised"
      + " \(share(normalized, interval))"
  }

  /// A share with its 95 % interval: `99.5 % [97.2, 99.9]`.
  private static func share(_ share: Double, _ interval: Interval) -> String {
    "\(Figure.percent(share)) [\(Figure.fixed(interval.low * 100, 1)),"
      + " \(Figure.fixed(interval.high * 100, 1))]"
  }

  private static func interval(_ interval: Interval, _ decimals: Int) -> String {
    "\(Figure.fixed(interval.low, decimals)) … \(Figure.fixed(interval.high, decimals))"
  }
}
