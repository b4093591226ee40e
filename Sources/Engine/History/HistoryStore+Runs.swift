import EngineProtocol
import FoundationEssentials
import GRDB
import Model

extension HistoryStore {
  /// Keeps a measurement; that never fails the measurement itself.
  ///
  /// - Parameters:
  ///   - run: what was measured
  ///   - conditions: identity of all that the figures depend on beside model and plan
  func record(_ run: HistoryRun, conditions: Fingerprint) {
    // Errors of the file have been told, and figures that JSON cannot write reach no client either.
    try? transaction { try run.insert(into: $0, conditions: conditions) }
  }

  /// The measurements that a client asks for.
  ///
  /// - Throws: `HistoryProblem` where not even memory is left.
  func list(_ call: ListHistory) throws -> HistoryList {
    let (rows, total) = try transaction { database in
      call.isFront ? try front(call, database) : try newest(call, database)
    }
    let runs = rows.compactMap { try? HistoryRun($0) }
    let unread = rows.count - runs.count
    return HistoryList(
      runs: runs, total: total, file: file?.path,
      problem: problem.map { "\($0)" }
        ?? (unread == 0 ? nil : "\(unread) of these measurements cannot be read by this Lathe"))
  }

  /// The measurement with this number, or `nil`.
  ///
  /// - Throws: `HistoryProblem` where not even memory is left, `DecodingError` where another version
  ///   wrote it otherwise.
  func run(_ id: Int) throws -> HistoryRun? {
    try transaction { database in
      try Row.fetchOne(database, sql: "SELECT * FROM run WHERE id = ?", arguments: [id])
    }.map { try HistoryRun($0) }
  }

  /// The models that were measured, the latest first.
  ///
  /// - Throws: `HistoryProblem` where not even memory is left.
  func models() throws -> HistoryModels {
    let rows = try transaction { database in
      // SQLite takes the bare column from the row of the maximum.
      try Row.fetchAll(
        database,
        sql: """
          SELECT model, model_name AS name, count(*) AS runs, max(finished) AS latest
          FROM run GROUP BY model ORDER BY latest DESC
          """)
    }
    let models = rows.compactMap { try? ModelRow(row: $0) }.compactMap { row in
      Fingerprint(hexDigits: row.model).map {
        HistoryModel(fingerprint: $0, name: row.name, runs: row.runs, latest: row.latest)
      }
    }
    return HistoryModels(models: models, file: file?.path, problem: problem.map { "\($0)" })
  }

  private func newest(_ call: ListHistory, _ database: Database) throws -> ([Row], Int) {
    let arguments: StatementArguments = ["\(call.model)", "\(call.data ?? "")*"]
    let total = try Int.fetchOne(
      database, sql: "SELECT count(*) FROM run WHERE model = ? AND data GLOB ?",
      arguments: arguments)
    let rows = try Row.fetchAll(
      database,
      sql: "SELECT * FROM run WHERE model = ? AND data GLOB ? ORDER BY id DESC LIMIT ?",
      arguments: arguments + [call.limit])
    return (rows, total ?? 0)
  }

  /// The rows of the front, by rising bytes.
  private func front(_ call: ListHistory, _ database: Database) throws -> ([Row], Int) {
    let data = try String.fetchOne(
      database,
      sql: """
        SELECT data FROM run WHERE model = ? AND data GLOB ? GROUP BY data
        ORDER BY count(DISTINCT plan) DESC, max(id) DESC LIMIT 1
        """,
      arguments: ["\(call.model)", "\(call.data ?? "")*"])
    guard let data else { return ([], 0) }
    let points = try Row.fetchAll(
      database,
      sql: """
        SELECT id, bytes, kl FROM run WHERE id IN (
          SELECT max(id) FROM run WHERE model = ? AND data = ? GROUP BY plan, conditions)
        ORDER BY id
        """,
      arguments: ["\(call.model)", data]
    ).compactMap { try? TradeOffRow(row: $0) }
    let front = ParetoFront.indices(of: points.map { TradeOff(bytes: $0.bytes, kl: $0.kl) })
    let rows = try front.prefix(call.limit).compactMap {
      try Row.fetchOne(
        database, sql: "SELECT * FROM run WHERE id = ?", arguments: [points[$0].id])
    }
    return (rows, front.count)
  }
}
