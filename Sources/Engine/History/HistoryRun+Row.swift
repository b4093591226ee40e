import FoundationEssentials
import GRDB
import Model

extension HistoryRun {
  /// The columns of a row, in the order of `arguments`.
  private static let columns = [
    "finished", "model", "model_name", "plan", "data", "conditions", "version", "origin", "bytes",
    "kl", "kl_low", "kl_high", "perplexity", "accuracy", "seconds", "predicted_kl",
    "predicted_sigma", "plan_file", "evaluation",
  ]

  /// Adds a row; the number of the run is not used.
  ///
  /// - Throws: `DatabaseError`, or `EncodingError` for figures that JSON cannot write.
  func insert(into database: Database, conditions: Fingerprint) throws {
    let places = Self.columns.map { _ in "?" }.joined(separator: ", ")
    try database.execute(
      sql: "INSERT INTO run (\(Self.columns.joined(separator: ", "))) VALUES (\(places))",
      arguments: arguments(conditions: conditions))
  }

  /// A row of the table.
  ///
  /// - Throws: an error where the row is damaged, or another version wrote it otherwise.
  init(_ row: Row) throws {
    let row = try RunRow(row: row)
    guard let origin = Origin(rawValue: row.origin) else {
      throw DatabaseError(message: "there is no origin \"\(row.origin)\"")
    }
    let decoder = JSONDecoder()
    self.init(
      id: row.id, finished: row.finished,
      plan: try decoder.decode(PlanFile.self, from: Data(row.planFile.utf8)), bytes: row.bytes,
      evaluation: try decoder.decode(Evaluation.self, from: Data(row.evaluation.utf8)),
      predicted: row.predictedKL.flatMap { kl in
        row.predictedSigma.map { PredictedKL(kl: kl, sigma: $0) }
      }, origin: origin)
  }

  private func arguments(conditions: Fingerprint) throws -> StatementArguments {
    let all = evaluation.overall
    return [
      finished, "\(evaluation.model)", plan.model.name, "\(evaluation.plan)",
      "\(evaluation.data)", "\(conditions)", evaluation.version, origin.rawValue, bytes,
      all.kl, all.klInterval.low, all.klInterval.high, all.perplexity, accuracy,
      evaluation.seconds, predicted?.kl, predicted?.sigma, try Self.json(plan),
      try Self.json(evaluation),
    ]
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
