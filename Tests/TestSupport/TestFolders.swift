import Foundation

/// Where tests find their inputs, whatever the working directory.
public enum TestFolders {
  /// `Tests/Fixtures`: tiny checkpoints, oracles, configs.
  public static let fixtures = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")

  /// The bundled model's folder: `checkpoint/`, `texts/`, reference figures.
  public static let demo = fixtures.deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources/lathe/Resources/demo-model")

  /// A new empty folder of the caller's own.
  public static func temporary() throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "lathe-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }
}
