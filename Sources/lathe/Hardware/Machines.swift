import EngineProtocol
import FoundationEssentials
import Measurement
import Model

/// The machines a command knows: published ones, a person's own, and the engine's.
struct Machines {
  private let known: [HardwareProfile]
  private let session: EngineSession
  private let again: Bool

  /// Reads the usual file, if it is there, and another one; later machines replace earlier ones of
  /// the same name.
  init(file: String?, session: EngineSession, again: Bool) throws(CommandFailure) {
    var machines = HardwareProfile.published
    let usual = HardwareFile.usual
    let files =
      (FileManager.default.fileExists(atPath: usual) ? [usual] : []) + [file].compactMap(\.self)
    do throws(HardwareFileError) {
      for file in files {
        for machine in try HardwareFile.read(file) {
          machines.removeAll { $0.name == machine.name }
          machines.append(machine)
        }
      }
    } catch { throw CommandFailure(.request, session.what, "\(error)") }
    known = machines
    self.session = session
    self.again = again
  }

  /// The machines of some names; all of them for none or `all`.
  func named(_ names: [String]) throws(CommandFailure) -> [HardwareProfile] {
    guard !names.isEmpty, !names.contains("all") else { return try known + [measured()] }
    var machines: [HardwareProfile] = []
    for name in names {
      if name == HardwareProbe.name {
        machines.append(try measured())
      } else if let machine = known.first(where: { $0.name.lowercased() == name.lowercased() }) {
        machines.append(machine)
      } else {
        let names = known.map(\.name) + [HardwareProbe.name, "all"]
        throw CommandFailure(
          .request, session.what,
          "\(name): there is no such hardware; there are \(names.joined(separator: ", ")),"
            + " and yours may be added to \(HardwareFile.usual)")
      }
    }
    return machines
  }

  private func measured() throws(CommandFailure) -> HardwareProfile {
    try session.call(ProbeHardware(again: again))
  }
}
