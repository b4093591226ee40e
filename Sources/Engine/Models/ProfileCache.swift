import EngineProtocol
import FoundationEssentials
import Measurement
import Model

/// Profiles of earlier runs, one file each, named by everything the result depends on.
struct ProfileCache {
  private let file: URL
  /// Where a pass that takes long keeps how far it is.
  private var partial: String { file.path + ".partial" }

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

  /// Where an interrupted pass stopped, or `nil`.
  func readPartial() -> CalibrationState? { CalibrationState(file: partial) }

  /// Keeps how far a pass is; if that cannot be written, an interruption costs the work so far.
  func writePartial(_ state: CalibrationState) {
    createFolder()
    try? state.write(to: partial)
  }

  /// Keeps a profile; a cache that cannot be written costs time, not results.
  func write(_ profile: Profile) {
    guard let data = try? JSONEncoder().encode(profile) else { return }
    createFolder()
    try? data.write(to: file, options: .atomic)
    try? FileManager.default.removeItem(atPath: partial)
  }

  private func createFolder() {
    try? FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
  }
}
