import EngineProtocol
import Model
import Workbench

/// Searches that get exactly the bytes of other ways to compress, and have to lose less than every
/// way that takes no more.
enum StudySearch {
  /// The cases whose bytes are the budgets: they were measured before.
  static let budgets = [
    "REAP", "GPTQ", "REAP 25 %, 4-bit GPTQ", "most frequent experts",
  ]
  /// Enough to find what the solver cannot know, few enough for a study of minutes.
  private static let generations = 3

  /// Searches for every budget.
  static func table(
    after tables: [StudyTable], _ spec: ModelSpec, model: String, _ session: EngineSession
  ) throws -> StudyTable {
    let others = tables.flatMap(\.results)
    var results: [StudyResult] = []
    var broken: [String] = []
    for budget in others.filter({ budgets.contains($0.name) }) {
      let result = try search(bytes: budget.bytes, spec, model, session)
      results.append(result)
      let rivals = others.filter { $0.bytes <= budget.bytes }.sorted { $0.meanKL < $1.meanKL }
      if let best = rivals.first { results.append(best.renamed("best other: \(best.name)")) }
      broken += rivals.filter { $0.meanKL <= result.meanKL }.map {
        "\(question): \(result.name) loses \(result.meanKL), \($0.name) \($0.meanKL)"
      }
      if result.bytes > budget.bytes {
        broken.append("\(question): \(result.name) takes \(result.bytes) bytes")
      }
    }
    return StudyTable(question: question, results: results, broken: broken)
  }

  private static let question = "search to a budget"

  private static func search(
    bytes: Int, _ spec: ModelSpec, _ model: String, _ session: EngineSession
  ) throws -> StudyResult {
    let request = SearchRequest(
      .memory(bytes: bytes), space: SearchSpace(methods: [.gptq]), generations: generations)
    let report = try SearchReport(request, model, spec, session)
    return StudyResult(
      name: "search, \(Figure.bytes(bytes))", bytes: report.bytes,
      kl: [report.measured.overall.kl], perplexity: [report.measured.overall.perplexity],
      arithmetic: [report.measured.tasks.first?.accuracy ?? 0], notes: report.measured.notes)
  }
}

extension StudyResult {
  /// The same under another name.
  fileprivate func renamed(_ name: String) -> StudyResult {
    StudyResult(
      name: name, bytes: bytes, kl: kl, perplexity: perplexity, arithmetic: arithmetic,
      notes: notes)
  }
}
