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
    let tasks = evaluation.tasks.map {
      "\n\($0.name) task: \(Figure.percent($0.accuracy)) of \($0.items) answers exact"
    }
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

  private static func interval(_ interval: Interval, _ decimals: Int) -> String {
    "\(Figure.fixed(interval.low, decimals)) … \(Figure.fixed(interval.high, decimals))"
  }
}
