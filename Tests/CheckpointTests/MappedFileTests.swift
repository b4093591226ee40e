import Checkpoint
import Foundation
import Testing

@Suite struct MappedFileTests {
  private func problem(_ path: String) -> CheckpointError? {
    failure { () throws(CheckpointError) in try MappedFile(path: path) }
  }

  @Test func `a missing file is named`() throws {
    let path = try ScratchFolder().path("nothing")
    #expect(problem(path) == .file(path: path, .missing))
    #expect(
      problem(path)?.description
        == "\(path): there is no such file or folder; check the path")
  }

  @Test func `an empty file is refused`() throws {
    let folder = try ScratchFolder()
    try folder.write("", to: "empty")
    #expect(problem(folder.path("empty")) == .file(path: folder.path("empty"), .empty))
  }

  @Test func `a folder is no file`() throws {
    let folder = try ScratchFolder()
    #expect(problem(folder.path) == .file(path: folder.path, .isFolder))
  }

  @Test func `a device is no file`() {
    #expect(problem("/dev/null") == .file(path: "/dev/null", .isNoRegularFile))
  }

  @Test func `a pipe is refused without waiting for its writer`() throws {
    let folder = try ScratchFolder()
    #expect(unsafe mkfifo(folder.path("pipe"), 0o600) == 0)
    #expect(problem(folder.path("pipe")) == .file(path: folder.path("pipe"), .isNoRegularFile))
  }

  @Test func `a file without permission is refused`() throws {
    let folder = try ScratchFolder()
    try folder.write("secret", to: "locked")
    try folder.setPermissions(0, of: "locked")
    try folder.setPermissions(0o755, of: "")
    let found = withoutRootRights { problem(folder.path("locked")) }
    #expect(found == .file(path: folder.path("locked"), .notPermitted))
    #expect(found?.description.contains("permission denied; change its permissions") == true)
  }
}
