import EngineProtocol
import FoundationEssentials
import Model
import Workbench

/// Writes and reads plan files for the workbench.
enum PlanStore {
  /// Writes a plan, but not over a file without leave.
  static func save(_ file: PlanFile, to path: String, overwrite: Bool) -> Event {
    let path = expanded(path)
    if !overwrite, FileManager.default.fileExists(atPath: path) { return .planExists(path: path) }
    do {
      try file.json().write(to: URL(filePath: path), options: .atomic)
      return .planSaved(path: path)
    } catch {
      return .planSaveFailed(path: path, reason: "the folder cannot be written to")
    }
  }

  /// Reads a plan.
  static func load(_ path: String) -> Event {
    let path = expanded(path)
    do throws(CommandFailure) {
      return .planLoaded(try PlanFile(path: path, what: "load"), path: path)
    } catch {
      return .planLoadFailed(path: path, reason: error.message)
    }
  }

  /// Keeps an unsaved plan when the terminal goes away; returns where.
  static func rescue(_ file: PlanFile, folder: URL) -> String? {
    let path = folder.appending(path: "rescued-\(file.model.fingerprint.short).plan.json").path
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    guard case .planSaved = save(file, to: path, overwrite: true) else { return nil }
    return path
  }

  private static func expanded(_ path: String) -> String {
    guard path.hasPrefix("~/"), let home = ProcessInfo.processInfo.environment["HOME"] else {
      return path
    }
    return home + path.dropFirst()
  }
}
