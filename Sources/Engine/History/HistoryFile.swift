import FoundationEssentials
import GRDB

/// The history's database: how it is opened, its format and how older formats become this one.
enum HistoryFile {
  /// Every format is made from the one before by its statements; the first from an empty file.
  private static let migrations = [
    """
    CREATE TABLE run (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      finished INTEGER NOT NULL,
      model TEXT NOT NULL,
      model_name TEXT NOT NULL,
      plan TEXT NOT NULL,
      data TEXT NOT NULL,
      conditions TEXT NOT NULL,
      version TEXT NOT NULL,
      origin TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      kl REAL NOT NULL,
      kl_low REAL NOT NULL,
      kl_high REAL NOT NULL,
      perplexity REAL NOT NULL,
      accuracy REAL,
      seconds REAL NOT NULL,
      predicted_kl REAL,
      predicted_sigma REAL,
      plan_file TEXT NOT NULL,
      evaluation TEXT NOT NULL
    ) STRICT;
    CREATE INDEX run_of_model ON run (model, data, id);
    """
  ]

  /// The format that this program writes.
  static var currentFormat: Int { migrations.count }

  /// Marks the file as Lathe's: "Lath".
  private static let application = 0x4C61_7468

  /// Seconds to wait for another engine that writes.
  private static let patience = 5.0

  /// Opens the history for reading and writing, made now if there is none.
  ///
  /// Once `write` has returned, what it wrote survives the end of the process at any moment, and with
  /// `synchronous = FULL` that of the machine.
  ///
  /// - Throws: `HistoryProblem`; the file is as it was then.
  static func open(_ file: URL) throws(HistoryProblem) -> DatabaseQueue {
    do {
      // Fails where there is one already that is no folder; opening the file says so.
      try? FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
      let queue = try DatabaseQueue(path: file.path, configuration: configuration())
      try queue.inDatabase { database in
        try requireKnownFormat(database, file)
        try database.inTransaction(.immediate) {
          try migrate(database)
          // Changes nothing, and fails where the file cannot be written, so that this is told now.
          try database.execute(sql: "DELETE FROM run WHERE false")
          return .commit
        }
        // Another engine may be at the same; the mode is a property of the file, and both modes
        // survive a crash.
        _ = try? String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
        try database.execute(sql: "PRAGMA synchronous = FULL")
      }
      return queue
    } catch {
      throw HistoryProblem(error, file: file.path)
    }
  }

  /// A history in memory, with all of the file where that is sound.
  ///
  /// - Throws: `DatabaseError` where memory is short.
  static func copyInMemory(of file: URL) throws -> DatabaseQueue {
    for path in [file.path, "file:\(file.path(percentEncoded: true))?immutable=1"] {
      if let copy = try? copy(path, file) { return copy }
    }
    return try inMemory()
  }

  /// An empty history in memory.
  ///
  /// - Throws: `DatabaseError` where memory is short.
  static func inMemory() throws -> DatabaseQueue {
    let queue = try DatabaseQueue()
    try queue.write { try migrate($0) }
    return queue
  }

  private static func copy(_ path: String, _ file: URL) throws -> DatabaseQueue {
    let source = try DatabaseQueue(path: path, configuration: configuration(isReadOnly: true))
    try source.read { try requireKnownFormat($0, file) }
    let queue = try DatabaseQueue()
    try source.backup(to: queue)
    try queue.write { database in
      let check = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)")
      guard check == "ok" else { throw HistoryProblem(file: file.path, reason: .unreadable) }
      try migrate(database)
    }
    return queue
  }

  private static func configuration(isReadOnly: Bool = false) -> Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(patience)
    configuration.readonly = isReadOnly
    configuration.label = "lathe.history"
    return configuration
  }

  private static func requireKnownFormat(_ database: Database, _ file: URL) throws {
    let found = try format(of: database)
    let mark = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
    let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    guard mark == application || (tables == 0 && mark == 0 && found == 0) else {
      throw HistoryProblem(file: file.path, reason: .foreign)
    }
    guard found <= currentFormat else {
      throw HistoryProblem(file: file.path, reason: .newer(found: found, known: currentFormat))
    }
  }

  private static func format(of database: Database) throws -> Int {
    try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
  }

  private static func migrate(_ database: Database) throws {
    let found = try format(of: database)
    guard found < currentFormat else { return }
    for statements in migrations[found...] { try database.execute(sql: statements) }
    try database.execute(
      sql: "PRAGMA application_id = \(application); PRAGMA user_version = \(currentFormat)")
  }
}
