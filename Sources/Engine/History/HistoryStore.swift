import FoundationEssentials
import GRDB
import Synchronization

/// Keeps every measurement in one file for all models, which several engines may use at once; where
/// the file cannot be used, in memory, after saying so once.
final class HistoryStore: Sendable {
  private struct State {
    /// `nil` until the history is used for the first time.
    var database: DatabaseQueue?
    var isOpened = false
    var problem: HistoryProblem?
  }

  /// The file; `nil` for a history in memory.
  let file: URL?
  private let state = Mutex(State())
  private let warn: @Sendable (String) -> Void

  /// A history that is opened when it is used.
  ///
  /// - Parameters:
  ///   - file: where it is kept; `nil` for in memory only
  ///   - warn: hears one sentence when the file cannot be used
  init(file: URL?, warn: @escaping @Sendable (String) -> Void = { _ in }) {
    self.file = file
    self.warn = warn
  }

  /// Why the file is not used.
  var problem: HistoryProblem? { state.withLock { $0.problem } }

  /// Reads or writes in one transaction: in the file, or from its first failure on in memory.
  ///
  /// - Throws: what the work throws beside errors of SQLite, or `HistoryProblem` where not even
  ///   memory is left.
  func transaction<Value>(_ work: (Database) throws -> Value) throws -> Value {
    let queue = try opened()
    do {
      return try queue.write(work)
    } catch let error as DatabaseError {
      guard let memory = retreat(from: queue, error) else {
        throw HistoryProblem(error, file: file?.path ?? "history")
      }
      return try memory.write(work)
    }
  }

  private func opened() throws -> DatabaseQueue {
    let (database, problem) = state.withLock { state -> (DatabaseQueue?, HistoryProblem?) in
      guard !state.isOpened else { return (state.database, nil) }
      state.isOpened = true
      guard let file else {
        state.database = try? HistoryFile.inMemory()
        return (state.database, nil)
      }
      do throws(HistoryProblem) {
        state.database = try HistoryFile.open(file)
      } catch {
        state.problem = error
        state.database = try? HistoryFile.copyInMemory(of: file)
      }
      return (state.database, state.problem)
    }
    if let problem { warn("\(problem)") }
    guard let database else {
      throw HistoryProblem(file: file?.path ?? "history", reason: .other("there is no memory left"))
    }
    return database
  }

  /// Goes on in memory after an error of the file, with what can still be read from it; `nil` where
  /// that has been done before and did not help.
  private func retreat(from queue: DatabaseQueue, _ error: DatabaseError) -> DatabaseQueue? {
    let (memory, news) = state.withLock { state -> (DatabaseQueue?, HistoryProblem?) in
      // Another thread may have been here.
      guard state.database === queue else { return (state.database, nil) }
      guard let file, state.problem == nil else { return (nil, nil) }
      let problem = HistoryProblem(error, file: file.path)
      state.problem = problem
      state.database = try? HistoryFile.copyInMemory(of: file)
      return (state.database, problem)
    }
    if let news { warn("\(news)") }
    return memory
  }
}
