import Workbench

/// What is wrong with a theme.
public enum ThemeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file cannot be read.
  case unreadable(file: String, reason: String)
  /// The file is not TOML.
  case notTOML(file: String, line: Int, reason: String)
  /// A key is required.
  case missing(file: String, key: String)
  /// Nothing is known by this key.
  case unknownKey(file: String, key: String)
  /// The value of a key cannot be used.
  case badValue(file: String, key: String, expected: String)
  /// A ramp has too many or too few colours.
  case wrongCount(file: String, key: String, count: Int)
  /// No theme has this name.
  case noSuchTheme(name: String, known: [String])

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason)."
    case .notTOML(let file, let line, let reason):
      "\(file): line \(line) is not TOML: \(reason)."
    case .missing(let file, let key):
      "\(file): \(key) is missing."
    case .unknownKey(let file, let key):
      "\(file): \(key) means nothing here."
    case .badValue(let file, let key, let expected):
      "\(file): \(key) has to be \(expected)."
    case .wrongCount(let file, let key, let count):
      "\(file): \(key) has \(count) colours, but a heat ramp has exactly \(Paint.heatLevels)."
    case .noSuchTheme(let name, let known):
      "There is no theme \"\(name)\"; there are \(known.joined(separator: ", "))."
    }
  }
}
