import Glibc

/// A file that appears under its name only when it is complete: written beside it, then renamed.
struct AtomicFile: ~Copyable {
  private let path: String
  private let temporaryPath: String
  private let descriptor: CInt
  private var committed = false

  /// Starts a file that `commit` will put at `path`.
  init(path: String) throws(CheckpointError) {
    self.path = path
    temporaryPath = "\(path).\(getpid()).\(UInt32.random(in: 0...(.max))).tmp"
    // O_EXCL: never writes into a file that is already there.
    descriptor = unsafe open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .file(path: path, FileProblem(errno: errno)) }
  }

  deinit {
    close(descriptor)
    if !committed { _ = unsafe unlink(temporaryPath) }
  }

  /// Appends bytes.
  func write(_ bytes: [UInt8]) throws(CheckpointError) {
    var written = 0
    while written < bytes.count {
      // The buffer is lent for the call, and the count is what is left of it.
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(
          descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .file(path: path, FileProblem(errno: errno)) }
      written += count
    }
  }

  /// Puts the file in its place, over an older one.
  mutating func commit() throws(CheckpointError) {
    guard fsync(descriptor) == 0, unsafe rename(temporaryPath, path) == 0 else {
      throw .file(path: path, FileProblem(errno: errno))
    }
    committed = true
  }
}
