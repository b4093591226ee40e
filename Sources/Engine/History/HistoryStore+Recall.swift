import EngineProtocol
import FoundationEssentials
import GRDB
import Measurement
import Model

extension HistoryStore {
  /// Milliseconds since 1970.
  static var now: Int { Int((Date.now.timeIntervalSince1970 * 1000).rounded()) }

  /// What was measured before under the conditions of a request.
  ///
  /// - Throws: `CheckpointError`, `MeasurementError`, `EngineFailure` or `HistoryProblem`.
  func recall(_ call: RecallMeasurements, _ library: ModelLibrary) throws -> RecalledMeasurements {
    let evaluator = try library.evaluator(call.model, for: call.request)
    let conditions = try MeasuringConditions(call.request, data: evaluator.data, in: library)
    let runs = try recall(
      library.model(call.model).spec.fingerprint,
      conditions: [true, false].map { conditions.fingerprint(withCalibration: $0) },
      limit: call.limit)
    return RecalledMeasurements(runs: runs, now: Self.now)
  }

  /// The newest measurement of each plan under any of the conditions, the oldest first.
  ///
  /// - Throws: `HistoryProblem` where not even memory is left.
  func recall(_ model: Fingerprint, conditions: [Fingerprint], limit: Int) throws -> [HistoryRun] {
    let places = conditions.map { _ in "?" }.joined(separator: ", ")
    let rows = try transaction { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT * FROM run WHERE id IN (
            SELECT max(id) FROM run WHERE model = ? AND conditions IN (\(places)) GROUP BY plan
          ) ORDER BY id DESC LIMIT ?
          """,
        arguments: StatementArguments(["\(model)"] + conditions.map { "\($0)" }) + [limit])
    }
    return rows.reversed().compactMap { try? HistoryRun($0) }
  }
}
