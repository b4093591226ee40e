import Glibc

extension FileProblem {
  /// The problem behind an `errno` of the C library.
  init(errno code: CInt) {
    switch code {
    case ENOENT: self = .missing
    case EACCES, EPERM: self = .notPermitted
    case EISDIR: self = .isFolder
    case ENOTDIR: self = .isNoFolder
    // The C library returns a zero-terminated text that stays valid until this thread's next call.
    default: self = .system(unsafe String(cString: strerror(code)))
    }
  }
}
