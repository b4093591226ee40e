import Glibc

/// A folder on disk, by path.
struct Folder {
  /// The path as the user wrote it, without trailing slashes.
  let path: String

  /// Checks that `path` is a folder that can be read.
  init(path: String) throws(CheckpointError) {
    var trimmed = path[...]
    while trimmed.count > 1, trimmed.last == "/" { trimmed.removeLast() }
    self.path = String(trimmed)
    guard try Self.entries(of: self.path).isEmpty else { return }
    throw .file(path: self.path, .emptyFolder)
  }

  /// The path of the file called `name` in the folder.
  func file(_ name: String) -> String { path == "/" ? "/\(name)" : "\(path)/\(name)" }

  /// The names of everything in the folder, in no particular order.
  func names() throws(CheckpointError) -> [String] { try Self.entries(of: path) }

  /// Whether something called `name` exists in the folder.
  func contains(_ name: String) -> Bool {
    // The path is passed as a temporary C string for the duration of the call.
    unsafe access(file(name), F_OK) == 0
  }

  /// The last part of the path: what a person calls the folder.
  var name: String {
    guard let last = path.split(separator: "/").last, last != ".", last != ".." else {
      return resolvedName
    }
    return String(last)
  }

  private var resolvedName: String {
    // realpath returns memory of its own, which is freed here after it was copied.
    guard let resolved = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(resolved) }
    let last = unsafe String(cString: resolved).split(separator: "/").last
    return last.map(String.init) ?? "/"
  }

  private static func entries(of path: String) throws(CheckpointError) -> [String] {
    guard let stream = unsafe opendir(path) else {
      throw .file(path: path, FileProblem(errno: errno))
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    // An entry stays valid until the next readdir of the same stream; its name is copied at once.
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
