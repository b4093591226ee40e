import EngineProtocol
import Glibc
import Logging
import Measurement
import Synchronization

extension EngineServer {
  /// Serves standard input and output until the input ends; then stops all jobs and returns.
  public static func serveStandardStreams(memory: MemoryBudget, log: Logger) {
    // A client that is gone shows as an error of write, not as a signal.
    signal(SIGPIPE, SIG_IGN)
    // A limit on the size of files shows as an error of write too.
    signal(SIGXFSZ, SIG_IGN)
    let output = Mutex<Void>(())
    let server = EngineServer(memory: memory, history: UserFolders.history, log: log) { line in
      output.withLock { _ in writeAll(line) }
    }
    var splitter = LineSplitter()
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      // `read` fills at most the buffer's own length.
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(0, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      for line in splitter.append(buffer[..<count]) { server.receive(line) }
    }
    server.stop()
  }

  private static func writeAll(_ bytes: [UInt8]) {
    // The pointer stays inside the array while the closure runs.
    unsafe bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = unsafe Glibc.write(
          1, buffer.baseAddress?.advanced(by: written), buffer.count - written)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        written += count
      }
    }
  }
}
