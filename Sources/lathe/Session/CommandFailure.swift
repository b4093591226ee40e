import EngineProtocol

/// Why a command ends without its result: one line and an exit code.
struct CommandFailure: Error {
  /// Whose fault it is.
  enum Kind: Int32 {
    /// The work failed, or a check did not hold.
    case work = 1
    /// The request was wrong: arguments, unreadable or invalid input.
    case request = 2
  }

  let kind: Kind
  /// What was being done, a word.
  let what: String
  /// The thing, the reason and what to do about it.
  let message: String

  init(_ kind: Kind, _ what: String, _ message: String) {
    self.kind = kind
    self.what = what
    self.message = message
  }

  init(_ what: String, _ failure: EngineFailure) {
    self.init(failure.kind == .badRequest ? .request : .work, what, failure.message)
  }

  /// Prints the line and ends the process.
  func exit() -> Never {
    StandardError.write("lathe: \(what): \(message)\n")
    ProcessEnd.exit(kind.rawValue)
  }
}
