import Model
import Workbench

/// What one way to compress came to.
struct StudyResult: Encodable {
  /// The case.
  let name: String
  /// Bytes of the tensors under the plan.
  let bytes: Int
  /// Of each draw: `KL(original || plan)`, nats.
  let kl: [Double]
  /// Of each draw.
  let perplexity: [Double]
  /// Of each draw: the share of the arithmetic task answered exactly.
  let arithmetic: [Double]
  /// What could not be done as asked.
  let notes: [String]

  var meanKL: Double { Self.mean(kl) }

  /// A row of a Markdown table.
  var row: String {
    let spread =
      kl.count == 1
      ? ""
      : " (\(Figure.fixed(kl.min() ?? 0, 4)) … \(Figure.fixed(kl.max() ?? 0, 4)))"
    return "| \(name) | \(Figure.bytes(bytes)) | \(Figure.fixed(meanKL, 4))\(spread) |"
      + " \(Figure.fixed(Self.mean(perplexity), 2)) | \(Figure.percent(Self.mean(arithmetic))) |"
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(max(1, values.count))
  }
}

/// What came of a group, and whether its claims hold.
struct StudyTable: Encodable {
  let question: String
  let results: [StudyResult]
  /// Claims that do not hold, as sentences.
  let broken: [String]

  init(_ group: StudyGroup, _ results: [StudyResult]) {
    question = group.question
    self.results = results
    func loss(_ name: String) -> Double { results.first { $0.name == name }?.meanKL ?? .nan }
    broken = group.claims.compactMap { claim in
      let (better, worse) = (loss(claim.better), loss(claim.worse))
      return better < worse
        ? nil
        : "\(group.question): \(claim.better) loses \(better), \(claim.worse) \(worse)"
    }
  }

  /// A table whose claims were checked elsewhere.
  init(question: String, results: [StudyResult], broken: [String]) {
    self.question = question
    self.results = results
    self.broken = broken
  }

  /// The table as Markdown.
  var markdown: String {
    (["| \(question) | memory | KL, nats | perplexity | arithmetic |", "|---|--:|--:|--:|--:|"]
      + results.map(\.row)).joined(separator: "\n")
  }
}
