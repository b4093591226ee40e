import Checkpoint
import GRDB

/// Why the history's file is not used.
struct HistoryProblem: Error, Hashable {
  enum Reason: Hashable {
    /// The file's format is newer than this program.
    case newer(found: Int, known: Int)
    /// A database of another program.
    case foreign
    /// No database, or a broken one.
    case unreadable
    case notWritable
    case full
    /// Somebody else keeps it locked.
    case busy
    /// What SQLite says of anything else.
    case other(String)
  }

  var file: String
  var reason: Reason
}

extension HistoryProblem {
  /// What an error of SQLite means for the file.
  init(_ error: any Error, file: String) {
    self.file = file
    guard let error = error as? DatabaseError else {
      reason = (error as? HistoryProblem)?.reason ?? .other("\(error)")
      return
    }
    reason =
      switch error.resultCode {
      case .SQLITE_FULL: .full
      case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
      case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT: .unreadable
      case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_IOERR:
        .notWritable
      default: .other(error.message ?? "SQLite's error \(error.resultCode.rawValue)")
      }
  }
}

extension HistoryProblem: CustomStringConvertible {
  /// One sentence: the file, why it is not used, what to do, and what becomes of measurements.
  var description: String {
    "\(file.sanitized): \(why); \(remedy); until the engine ends, measurements are kept in memory"
  }

  private var why: String {
    switch reason {
    case .newer(let found, let known): "its format is \(found) and this Lathe knows \(known)"
    case .foreign: "it is a database of another program"
    case .unreadable: "it is damaged or no SQLite database"
    case .notWritable: "the history cannot be written there"
    case .full: "the disk is full"
    case .busy: "another program keeps it locked"
    case .other(let message): message.sanitized
    }
  }

  private var remedy: String {
    switch reason {
    case .newer: "update Lathe"
    case .foreign, .unreadable: "move it away, or set XDG_STATE_HOME to another folder"
    case .notWritable, .other: "set XDG_STATE_HOME to a folder you may write to"
    case .full: "make room"
    case .busy: "end that program"
    }
  }
}
