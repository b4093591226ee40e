import Checkpoint

/// What is wrong with a file of machines.
enum HardwareFileError: Error, Equatable, CustomStringConvertible {
  case unreadable(file: String, reason: String)
  case notTOML(file: String, line: Int, reason: String)
  case notATable(file: String, key: String)
  case missing(file: String, key: String)
  case unknownKey(file: String, key: String, known: [String])
  case badValue(file: String, key: String, expected: String)

  /// File, key, reason and what to do.
  var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file.sanitized): \(reason); give a readable TOML file"
    case .notTOML(let file, let line, let reason):
      "\(file.sanitized): line \(line) is not TOML (\(reason.sanitized)); correct it"
    case .notATable(let file, let key):
      "\(file.sanitized): \(key.sanitized) is no table; write each machine as [name] with its figures below"
    case .missing(let file, let key):
      "\(file.sanitized): \(key.sanitized) is missing; add it"
    case .unknownKey(let file, let key, let known):
      "\(file.sanitized): \(key.sanitized) means nothing here; there are \(known.joined(separator: ", "))"
    case .badValue(let file, let key, let expected):
      "\(file.sanitized): \(key.sanitized) is not \(expected); correct it"
    }
  }
}
