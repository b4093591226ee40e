import Glibc

/// A file's bytes, mapped read-only into memory; pages are read from disk when first touched.
///
/// A file that another program shortens while it is mapped ends this process (SIGBUS) when the lost
/// part is touched: the engine runs as a process of its own for such reasons.
///
/// `@unchecked Sendable`: the only state is the mapping's address, which never changes, and the
/// bytes behind it, which nobody in this process can write. `@safe`, as no pointer leaves the class.
@safe public final class MappedFile: @unchecked Sendable {
  /// The path it was opened by.
  public let path: String
  private let bytes: UnsafeRawBufferPointer

  /// Maps the file at `path`; a folder, a device or an empty file is an error.
  public init(path: String) throws(CheckpointError) {
    self.path = path
    // O_NONBLOCK: opening a pipe must not wait for its writer; regular files ignore it.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .file(path: path, FileProblem(errno: errno)) }
    defer { close(descriptor) }
    let size = try Self.size(of: descriptor, path: path)
    // A fresh private read-only mapping of a descriptor we hold: no other memory is involved.
    let start = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let start = unsafe start, unsafe start != MAP_FAILED else {
      throw .file(path: path, FileProblem(errno: errno))
    }
    unsafe bytes = UnsafeRawBufferPointer(start: start, count: size)
  }

  deinit {
    // The mapping is ours alone, and spans of it cannot outlive `withBytes`.
    unsafe _ = munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
  }

  private static func size(of descriptor: CInt, path: String) throws(CheckpointError) -> Int {
    var status = stat()
    // `status` lives on this frame for the duration of the call.
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw .file(path: path, FileProblem(errno: errno))
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw .file(path: path, .isFolder)
    case S_IFREG: break
    default: throw .file(path: path, .isNoRegularFile)
    }
    guard status.st_size > 0 else { throw .file(path: path, .empty) }
    return Int(status.st_size)
  }

  /// Bytes in the file.
  public var count: Int { unsafe bytes.count }

  /// Lends the bytes in `range`, which may start at any address: load values unaligned.
  ///
  /// - Precondition: `range` lies in the file.
  public func withBytes<Result, Failure: Error>(
    in range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    // `range` was checked against the mapping, which lives as long as `self`.
    let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
    defer { withExtendedLifetime(self) {} }
    return try body(unsafe part.bytes)
  }

  /// A copy of the bytes in `range`; exactly their pages are read from disk.
  ///
  /// Headers and samples are small and far apart: the usual reading ahead, megabytes on some
  /// systems, would read gigabytes to open a checkpoint.
  func copy(of range: Range<Int>) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    advise(MADV_RANDOM, range)
    advise(MADV_WILLNEED, range)
    defer { advise(MADV_NORMAL, range) }
    // `Array` copies out of the mapping, which `self` keeps alive.
    return unsafe Array(bytes[range])
  }

  /// Tells the system that the pages of `range` are not needed for now, so that they no longer
  /// count as this process's memory; touching them reads them again.
  public func releasePages(in range: Range<Int>) {
    advise(MADV_DONTNEED, range)
  }

  /// Tells the system how the pages that `range` touches will be used.
  private func advise(_ advice: CInt, _ range: Range<Int>) {
    let page = sysconf(CInt(_SC_PAGESIZE))
    let first = max(range.lowerBound, 0) / page * page
    let length = min(range.upperBound, count) - first
    guard length > 0, let start = unsafe bytes.baseAddress else { return }
    // Inside the mapping; no advice used here changes what the pages read as.
    unsafe _ = madvise(UnsafeMutableRawPointer(mutating: start + first), length, advice)
  }
}
