import Checkpoint
import Foundation
import Testing
import TestSupport

/// A folder of a test's own, removed with it.
final class ScratchFolder {
  let url: URL

  init() throws { url = try TestFolders.temporary() }

  deinit { try? FileManager.default.removeItem(at: url) }

  var path: String { url.path }

  func path(_ name: String) -> String { url.appending(path: name).path }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: url.appending(path: name))
  }

  func setPermissions(_ mode: Int, of name: String) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path(name))
  }

  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }
}

/// A safetensors file from the text of its header and its data, right or wrong.
func safetensors(header: String, data: Int) -> [UInt8] {
  let header = Array(header.utf8)
  let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> ($0 * 8)) }
  return length + header + [UInt8](repeating: 0, count: data)
}

/// What opening something threw.
func failure<Value>(
  _ body: () throws(CheckpointError) -> Value
) -> CheckpointError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

/// Runs `body` without root's right to read everything, as any user's process would run it.
func withoutRootRights<Value>(_ body: () throws -> Value) rethrows -> Value {
  // The C library's modules leave setfsuid out; it takes and returns an int, for this thread only.
  typealias SetUser = @convention(c) (CInt) -> CInt
  guard geteuid() == 0, let symbol = unsafe dlsym(nil, "setfsuid") else { return try body() }
  let setUser = unsafe unsafeBitCast(symbol, to: SetUser.self)
  _ = setUser(65534)
  defer { _ = setUser(0) }
  return try body()
}
