import EngineProtocol
import FoundationEssentials
import Model

/// Sensitivities of earlier sweeps, finished or not, one file each, named by everything the result
/// depends on.
struct SweepCache {
  private let file: CachedFile<Sensitivities>

  /// The place of a sweep, one that measures everything or one that propagates.
  init(
    model: Fingerprint, data: Fingerprint, request: SweepRequest, isPropagated: Bool = false
  ) {
    var key = data
    key.combine(Int(truncatingIfNeeded: request.seed))
    key.combine(Version.current)
    if isPropagated { key.combine(SweepRequest.Depth.propagated.rawValue) }
    file = CachedFile("sweeps/\(model)-\(key.short).json")
  }

  /// What was found so far, or `nil` where nothing was, or it cannot be read.
  func read() -> Sensitivities? { file.read() }

  /// Keeps what was found so far; a cache that cannot be written costs time, not results.
  func write(_ found: Sensitivities) { file.write(found) }
}

/// A value in a file of the cache folder.
struct CachedFile<Value: Codable> {
  private let file: URL

  /// A file under the cache folder.
  init(_ path: String) { file = UserFolders.cache.appending(path: path) }

  /// Its path.
  var path: String { file.path }

  /// The value, or `nil` where there is none or it cannot be read.
  func read() -> Value? {
    guard let data = try? Data(contentsOf: file) else { return nil }
    return try? JSONDecoder().decode(Value.self, from: data)
  }

  /// Keeps a value, or loses it where the folder cannot be written.
  func write(_ value: Value) {
    guard let data = try? JSONEncoder().encode(value) else { return }
    createFolder()
    try? data.write(to: file, options: .atomic)
  }

  /// Creates the folder it lies in.
  func createFolder() {
    try? FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
  }
}
