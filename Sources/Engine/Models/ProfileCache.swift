import EngineProtocol
import FoundationEssentials
import Model

/// Profiles of earlier runs, one file each, named by everything the result depends on.
struct ProfileCache {
  private let file: URL

  /// The place of a profile.
  init(model: Fingerprint, texts: Fingerprint, request: ProfileRequest) {
    var key = texts
    key.combine(request.tokens)
    key.combine(Int(truncatingIfNeeded: request.seed))
    key.combine(Version.current)
    file = UserFolders.cache.appending(path: "profiles/\(model)-\(key.short).json")
  }

  /// The profile, or `nil` where there is none or it cannot be read.
  func read() -> Profile? {
    guard let data = try? Data(contentsOf: file) else { return nil }
    return try? JSONDecoder().decode(Profile.self, from: data)
  }

  /// Keeps a profile; a cache that cannot be written costs time, not results.
  func write(_ profile: Profile) {
    guard let data = try? JSONEncoder().encode(profile) else { return }
    try? FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try? data.write(to: file, options: .atomic)
  }
}
