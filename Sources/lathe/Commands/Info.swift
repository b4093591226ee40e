import ArgumentParser
import Engine
import EngineProtocol
import FoundationEssentials
import Glibc
import TerminalUI

/// `lathe info`: version, paths, terminal, kernels.
struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print version, paths, terminal capabilities and the matrix kernels in use.")

  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let facts = Facts()
    if json { return try JSONOutput.print(facts) }
    var list = FactList()
    for (name, value) in facts.lines { list.add(name, value) }
    print("lathe \(facts.version)\n\(list.text(indent: 2))")
  }

  /// What the command prints.
  struct Facts: Encodable {
    var version = Version.current
    var families = EngineServer.description.families
    var cores = EngineServer.description.hardware.cores
    var blasKernels = EngineServer.description.hardware.blasKernels
    var executable = ShareFolder.executable?.path ?? "-"
    var demoModel = ShareFolder.demoModel?.path ?? "not installed"
    var themeFolders = Open.themeFolders
    var themes = ThemeLibrary.load(folders: Open.themeFolders).themes.map(\.name)
    var cache = UserFolders.cache.path
    var state = UserFolders.state.path
    var history = UserFolders.history.path
    var crashLog = CrashLog.path
    var terminal = ProcessInfo.processInfo.environment["TERM"] ?? ""
    var isTerminal = isatty(STDOUT_FILENO) == 1
    var noColor = ProcessInfo.processInfo.environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    var locale = Self.locale

    /// Name and value, for people.
    var lines: [(String, String)] {
      [
        ("matrix kernels", "OpenBLAS \(blasKernels), \(cores) cores"),
        ("families", families.joined(separator: ", ")), ("executable", executable),
        ("bundled model", demoModel), ("themes", themes.joined(separator: ", ")),
        ("theme folders", themeFolders.joined(separator: ", ")), ("cache", cache),
        ("state", state), ("history", history), ("crash log", crashLog),
        ("terminal", terminal.isEmpty ? "TERM is not set" : terminal),
        ("output", isTerminal ? "a terminal" : "not a terminal"),
        ("NO_COLOR", noColor ? "set: no colours" : "not set"), ("locale", locale),
      ]
    }

    private static var locale: String {
      let environment = ProcessInfo.processInfo.environment
      return ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }
        .first { !$0.isEmpty } ?? "not set (ASCII)"
    }

    private enum CodingKeys: String, CodingKey {
      case version, families, cores, executable, themes, cache, state, history, terminal, locale
      case blasKernels = "blas_kernels"
      case demoModel = "demo_model"
      case themeFolders = "theme_folders"
      case crashLog = "crash_log"
      case isTerminal = "is_terminal"
      case noColor = "no_color"
    }
  }
}
