import FoundationEssentials

/// Where Lathe keeps what it writes for a user, by the XDG base directory rules.
public enum UserFolders {
  /// Things that can be made again: profiles.
  public static var cache: URL { folder("XDG_CACHE_HOME", ".cache") }
  /// Things a person wrote: themes of their own.
  public static var config: URL { folder("XDG_CONFIG_HOME", ".config") }
  /// Things that should survive: the history, logs, sessions.
  public static var state: URL { folder("XDG_STATE_HOME", ".local/state") }
  /// The history of measurements.
  public static var history: URL { state.appending(path: "history.sqlite") }

  private static func folder(_ variable: String, _ fallback: String) -> URL {
    let environment = ProcessInfo.processInfo.environment
    // The rules say that relative paths are invalid and must be ignored.
    if let path = environment[variable], path.hasPrefix("/") {
      return URL(filePath: path).appending(path: "lathe")
    }
    return URL(filePath: environment["HOME"] ?? "/tmp").appending(path: "\(fallback)/lathe")
  }
}
