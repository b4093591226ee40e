import Glibc

/// How the process ends.
enum ProcessEnd {
  /// Writes out what was printed and ends at once.
  ///
  /// Without the handlers of `exit`: they free what threads of an engine, or of the conversation with
  /// one, may still be using, which shows as a crash or as noise on standard error.
  static func exit(_ code: Int32) -> Never {
    fflush(nil)
    _exit(code)
  }
}
