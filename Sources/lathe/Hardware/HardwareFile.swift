import Engine
import FoundationEssentials
import Model
import TOMLKit

/// Reads machines from TOML, a table each.
///
/// ```toml
/// [RTX-3090]
/// memory_gib = 24
/// bandwidth_gb_s = 936
/// float32_tflops = 35.6      # without sparsity, as all of these
/// half_tflops = 71
/// int8_tops = 142            # half's when left out
/// bandwidth_share = 0.8      # what programs reach of it; these three may be left out
/// compute_share = 0.6
/// overhead_us = 10           # of half a block
/// ```
struct HardwareFile {
  /// What messages call the file.
  let name: String

  /// Where a person's own machines are.
  static var usual: String { UserFolders.config.appending(path: "hardware.toml").path }

  /// The machines of a file.
  static func read(_ path: String) throws(HardwareFileError) -> [HardwareProfile] {
    let data: Data
    do { data = try Data(contentsOf: URL(filePath: path)) } catch {
      throw .unreadable(file: path, reason: "it cannot be read")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw .unreadable(file: path, reason: "it is not UTF-8")
    }
    return try HardwareFile(name: path).machines(in: text)
  }

  /// The machines of a text, in the order of their names.
  func machines(in text: String) throws(HardwareFileError) -> [HardwareProfile] {
    let document: TOMLTable
    do {
      document = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw .notTOML(file: name, line: error.source.begin.line, reason: error.description)
    } catch {
      throw .notTOML(file: name, line: 1, reason: "\(error)")
    }
    // TOMLKit's tables and values point into the document.
    return try withExtendedLifetime(document) { () throws(HardwareFileError) in
      var machines: [HardwareProfile] = []
      for key in document.keys.sorted() {
        guard let table = document[key]?.table else { throw .notATable(file: name, key: key) }
        machines.append(try machine(key, table))
      }
      return machines
    }
  }

  private static let keys = [
    "memory_gib", "bandwidth_gb_s", "float32_tflops", "half_tflops", "int8_tops",
    "bandwidth_share", "compute_share", "overhead_us",
  ]

  private func machine(
    _ title: String, _ table: TOMLTable
  ) throws(HardwareFileError) -> HardwareProfile {
    for key in table.keys.sorted() where !Self.keys.contains(key) {
      throw .unknownKey(file: name, key: "\(title).\(key)", known: Self.keys)
    }
    func number(_ key: String, atMost limit: Double) throws(HardwareFileError) -> Double? {
      guard let value = table[key] else { return nil }
      guard let number = value.double ?? value.int.map(Double.init), number > 0, number <= limit
      else {
        let range = limit == 1 ? "above 0, at most 1" : "above 0"
        throw .badValue(file: name, key: "\(title).\(key)", expected: "a number \(range)")
      }
      return number
    }
    func required(_ key: String) throws(HardwareFileError) -> Double {
      guard let number = try number(key, atMost: 1e9) else {
        throw .missing(file: name, key: "\(title).\(key)")
      }
      return number
    }
    let half = try required("half_tflops")
    return HardwareProfile(
      name: title, memory: Int(try required("memory_gib") * Double(1 << 30)),
      bandwidth: try required("bandwidth_gb_s") * 1e9,
      float32: try required("float32_tflops") * 1e12, half: half * 1e12,
      int8: (try number("int8_tops", atMost: 1e9) ?? half) * 1e12,
      bandwidthShare: try number("bandwidth_share", atMost: 1)
        ?? HardwareProfile.standardBandwidthShare,
      computeShare: try number("compute_share", atMost: 1) ?? HardwareProfile.standardComputeShare,
      overhead: (try number("overhead_us", atMost: 1e6)).map { $0 * 1e-6 }
        ?? HardwareProfile.standardOverhead)
  }
}
