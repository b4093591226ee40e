import Engine
import FoundationEssentials
import Glibc

/// Keeps the backtrace of a crash in a file.
///
/// Swift's backtracer, left alone, waits 30 seconds for a key on a terminal it cannot use. It reads
/// its settings when the process starts, so they are set by starting the program once more.
enum CrashLog {
  /// The file.
  static var path: String { UserFolders.state.appending(path: "crash.log").path }

  /// Starts the program again with a backtracer that asks nothing, unless a person has set it up.
  static func restartWithQuietBacktracer() {
    guard ProcessInfo.processInfo.environment["SWIFT_BACKTRACE"] == nil,
      !CommandLine.arguments.isEmpty
    else { return }
    try? FileManager.default.createDirectory(
      at: UserFolders.state, withIntermediateDirectories: true)
    // The strings live until the call returns, which copies them.
    unsafe setenv("SWIFT_BACKTRACE", "interactive=no,color=no,output-to=\(path)", 1)
    // A list of C strings that ends with null, as execv asks; on success nothing here is left to
    // free, and on failure the program goes on without a log.
    var arguments = unsafe CommandLine.arguments.map { unsafe strdup($0) }
    unsafe arguments.append(nil)
    unsafe execv("/proc/self/exe", arguments)
  }
}
