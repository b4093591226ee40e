import FoundationEssentials

/// The themes a person can choose from.
public struct ThemeLibrary: Sendable {
  /// The theme shown unless a person chooses another.
  public static let standard = "lathe-dark"

  /// All themes in the order of their names.
  public let themes: [Theme]
  /// Files that could not be used, and why.
  public let failures: [ThemeError]

  /// Reads every `*.toml` of the folders; a theme of a later folder replaces one of the same name.
  ///
  /// Folders that do not exist count as empty. There is always the theme `mono`. A bad file costs
  /// only itself and is listed in `failures`.
  public static func load(folders: [String]) -> ThemeLibrary {
    var themes = [Theme.mono.name: Theme.mono]
    var failures: [ThemeError] = []
    for file in folders.flatMap(files) {
      do throws(ThemeError) {
        let theme = try theme(file: file)
        themes[theme.name] = theme
      } catch {
        failures.append(error)
      }
    }
    return ThemeLibrary(themes: themes.values.sorted { $0.name < $1.name }, failures: failures)
  }

  /// The theme of a name; the error lists the names there are.
  public func theme(named name: String) throws(ThemeError) -> Theme {
    guard let theme = themes.first(where: { $0.name == name }) else {
      throw .noSuchTheme(name: name, known: themes.map(\.name))
    }
    return theme
  }

  /// The theme of one file.
  public static func theme(file: String) throws(ThemeError) -> Theme {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: file))
    } catch {
      throw .unreadable(file: file, reason: "no such file or no permission")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw .unreadable(file: file, reason: "it is not UTF-8")
    }
    return try ThemeFile(name: file).theme(from: text)
  }

  private static func files(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".toml") }.sorted().map { folder + "/" + $0 }
  }
}
