import EngineProtocol
import FoundationEssentials
import Measurement
import Model

/// Profiles of earlier runs, one file each, named by everything the result depends on.
struct ProfileCache {
  private let file: CachedFile<Profile>
  /// Where a pass that takes long keeps how far it is.
  private var partial: String { file.path + ".partial" }

  /// The place of a profile.
  init(model: Fingerprint, texts: Fingerprint, request: ProfileRequest) {
    var key = texts
    key.combine(request.tokens)
    key.combine(Int(truncatingIfNeeded: request.seed))
    key.combine(Version.current)
    file = CachedFile("profiles/\(model)-\(key.short).json")
  }

  /// The profile, or `nil` where there is none or it cannot be read.
  func read() -> Profile? { file.read() }

  /// Where an interrupted pass stopped, or `nil`.
  func readPartial() -> CalibrationState? { CalibrationState(file: partial) }

  /// Keeps how far a pass is; if that cannot be written, an interruption costs the work so far.
  func writePartial(_ state: CalibrationState) {
    file.createFolder()
    try? state.write(to: partial)
  }

  /// Keeps a profile; a cache that cannot be written costs time, not results.
  func write(_ profile: Profile) {
    file.write(profile)
    try? FileManager.default.removeItem(atPath: partial)
  }
}
