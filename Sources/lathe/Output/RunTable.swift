import Checkpoint
import EngineProtocol
import Model
import Workbench

/// Runs of the history on paper.
enum RunTable {
  /// Characters of a plan's edits in a table.
  private static let editsLimit = 60

  /// A line a run, and how many there are.
  static func text(_ list: HistoryList, of spec: ModelSpec, isFront: Bool) -> String {
    guard let first = list.runs.first else {
      return "nothing was measured yet; \"lathe evaluate\" and the workbench do"
    }
    let name = spec.name.sanitized
    let what =
      isFront ? "on the front of \(name), data \(first.evaluation.data.short)" : "of \(name)"
    let count =
      list.total == list.runs.count
      ? "\(list.total) \(list.total == 1 ? "run" : "runs")"
      : "\(list.runs.count) of \(list.total) runs"
    return table(list.runs).text + "\n\(count) \(what)"
  }

  /// A line a model.
  static func text(_ answer: HistoryModels) -> String {
    guard !answer.models.isEmpty else {
      return "nothing was measured yet; \"lathe evaluate\" and the workbench do"
    }
    var table = TextTable("model", "fingerprint", "runs", "latest, UTC")
    for model in answer.models {
      table.add(
        model.name.sanitized, model.fingerprint.short, "\(model.runs)", time(model.latest))
    }
    return table.text
  }

  private static func table(_ runs: [HistoryRun]) -> TextTable {
    var table = TextTable(
      "id", "when, UTC", "memory", "KL, nats", "95 % interval", "perplexity", "tasks", "data",
      "plan")
    table.endsInWords = true
    for run in runs {
      let all = run.evaluation.overall
      table.add(
        "\(run.id)", time(run.finished), Figure.bytes(run.bytes), Figure.fixed(all.kl, 4),
        "\(Figure.fixed(all.klInterval.low, 4)) … \(Figure.fixed(all.klInterval.high, 4))",
        Figure.perplexity(all.perplexity),
        run.accuracy.map { Figure.percent($0) } ?? Figure.missing,
        run.evaluation.data.short, edits(run))
    }
    return table
  }

  private static func edits(_ run: HistoryRun) -> String {
    let edits = run.plan.edits.map { $0.said ?? $0.edit }.joined(separator: "; ").sanitized
    guard !edits.isEmpty else { return "as it is" }
    return edits.count > editsLimit ? edits.prefix(editsLimit - 1) + "…" : edits
  }

  /// `2026-01-31 12:34`.
  private static func time(_ milliseconds: Int) -> String {
    RunRecord.time(milliseconds).replacing("T", with: " ").prefix(16).description
  }

  // MARK: CSV

  /// RFC 4180: a line of names, then a line a run.
  static func csv(_ runs: [HistoryRun]) -> String {
    let names = [
      "id", "time", "model", "name", "digest", "edits", "bytes", "kl", "kl_low", "kl_high",
      "perplexity", "perplexity_low", "perplexity_high", "top1_agreement", "accuracy", "data",
      "windows", "calibration_data", "calibration_tokens", "calibration_seed", "seconds",
      "version", "origin", "predicted_kl", "predicted_kl_sigma",
    ]
    return ([names] + runs.map(fields)).map { fields in
      fields.map(quoted).joined(separator: ",") + "\r\n"
    }.joined()
  }

  private static func fields(_ run: HistoryRun) -> [String] {
    let evaluation = run.evaluation
    let all = evaluation.overall
    let calibration = evaluation.calibration
    let edits = run.plan.edits.map { $0.said ?? $0.edit }.joined(separator: "; ")
    return [
      "\(run.id)", RunRecord.time(run.finished), "\(evaluation.model)", run.plan.model.name,
      "\(evaluation.plan)", edits, "\(run.bytes)", "\(all.kl)", "\(all.klInterval.low)",
      "\(all.klInterval.high)", "\(all.perplexity)", "\(all.perplexityInterval.low)",
      "\(all.perplexityInterval.high)", "\(all.top1Agreement)", text(run.accuracy),
      "\(evaluation.data)", "\(evaluation.windows)", text(calibration?.data),
      text(calibration?.tokens), text(calibration?.seed), "\(evaluation.seconds)",
      evaluation.version, run.origin.rawValue, text(run.predicted?.kl),
      text(run.predicted?.sigma),
    ]
  }

  private static func text(_ value: (some CustomStringConvertible)?) -> String {
    value.map { "\($0)" } ?? ""
  }

  /// A field: quoted where it needs to be, without what steers a terminal or makes a spreadsheet take
  /// it for a formula.
  static func quoted(_ field: String) -> String {
    let isNumber = Double(field) != nil
    let isFormula = !isNumber && field.first.map { "=+-@".contains($0) } == true
    let text = (isFormula ? "'" : "") + field.withoutControls
    guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
    return "\"\(text.replacing("\"", with: "\"\""))\""
  }
}

extension String {
  /// The text with a blank for every character that steers a terminal: controls, line breaks, marks
  /// of direction.
  fileprivate var withoutControls: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator: " "
          default: scalar
          }
        }))
  }
}
