/// Why the full-screen view cannot start.
public enum TerminalError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Standard input or output is a file or a pipe.
  case notATerminal
  /// The system has no description of this `TERM`.
  case unknownType(String)
  /// The terminal cannot place the cursor, such as `TERM=dumb`.
  case tooSimple(String)
  /// Another `Terminal` is running in this process.
  case alreadyRunning
  /// The system refused a pipe or an event descriptor.
  case noDescriptors

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .notATerminal:
      "The workbench needs a terminal, but standard input or output is not one."
    case .unknownType(""):
      "The workbench needs a terminal, but TERM is not set."
    case .unknownType(let type):
      "The system does not know the terminal type \"\(type)\"; set TERM, for example to xterm."
    case .tooSimple(let type):
      "The terminal type \"\(type)\" cannot show a full screen; set TERM, for example to xterm."
    case .alreadyRunning:
      "This process has already taken over its terminal."
    case .noDescriptors:
      "The system has no file descriptors left for the terminal."
    }
  }
}
