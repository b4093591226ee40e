import EngineProtocol
import FoundationEssentials
import Measurement
import Model
import Numerics

/// What was measured of this machine, kept from one start to the next.
struct HardwareCache {
  private let file: URL

  /// The place for this machine and version.
  init() {
    let machine = "\(Workers.availableCores)-\(BLAS.kernelName)-\(Version.current)"
    file = UserFolders.cache.appending(path: "hardware-\(machine).json")
  }

  /// The machine as measured before, or measured now.
  ///
  /// - Throws: What measuring throws.
  func profile(again: Bool) throws -> HardwareProfile {
    if !again, let known = read() { return known }
    var probe = HardwareProbe()
    for _ in 0..<Self.rounds { try probe.measure() }
    let profile = probe.profile
    write(profile)
    return profile
  }

  private func read() -> HardwareProfile? {
    guard let data = try? Data(contentsOf: file) else { return nil }
    return try? JSONDecoder().decode(HardwareProfile.self, from: data)
  }

  /// A cache that cannot be written costs time, not results.
  private func write(_ profile: HardwareProfile) {
    guard let data = try? JSONEncoder().encode(profile) else { return }
    try? FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try? data.write(to: file, options: .atomic)
  }

  private static let rounds = 3
}
