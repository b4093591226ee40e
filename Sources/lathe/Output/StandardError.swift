import Glibc

/// Messages for people, beside the results on standard output.
enum StandardError {
  /// Whether a person is likely to see it.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Writes a text as it stands.
  static func write(_ text: String) {
    var text = text
    // The closure's pointer covers exactly the text's bytes.
    text.withUTF8 { bytes in _ = unsafe Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
  }
}
