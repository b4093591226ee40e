import Model
import Testing
@testable import lathe

struct HardwareFileTests {
  private let full = """
    [RTX-3090]
    memory_gib = 24
    bandwidth_gb_s = 936
    float32_tflops = 35.6
    half_tflops = 71
    """

  private func machines(_ text: String) throws(HardwareFileError) -> [HardwareProfile] {
    try HardwareFile(name: "own.toml").machines(in: text)
  }

  @Test func `a machine is read, and what it leaves out is assumed`() throws {
    let machine = try #require(try machines(full).first)
    #expect(machine.name == "RTX-3090" && machine.memory == 24 << 30)
    #expect(machine.bandwidth == 936e9 && machine.half == 71e12 && machine.int8 == 71e12)
    #expect(machine.bandwidthShare == HardwareProfile.standardBandwidthShare)
    let more = try machines(full + "\nint8_tops = 142\nbandwidth_share = 0.9\noverhead_us = 5")
    #expect(more[0].int8 == 142e12 && more[0].bandwidthShare == 0.9)
    #expect(abs(more[0].overhead - 5e-6) < 1e-12)
  }

  @Test(arguments: [
    ("speed = 1", HardwareFileError.notATable(file: "own.toml", key: "speed")),
    ("[a]\nmemory_gib = 1", .missing(file: "own.toml", key: "a.half_tflops")),
    (
      "[a]\nhalf_tflops = -2",
      .badValue(
        file: "own.toml", key: "a.half_tflops", expected: "a number above 0")
    ),
    (
      "[a]\nhalf_tflops = \"fast\"",
      .badValue(
        file: "own.toml", key: "a.half_tflops", expected: "a number above 0")
    ),
    (
      "[a]\nhalf_tflops = nan",
      .badValue(
        file: "own.toml", key: "a.half_tflops", expected: "a number above 0")
    ),
  ])
  func `a bad entry names file and key`(_ text: String, _ error: HardwareFileError) {
    #expect(throws: error) { try machines(text) }
    #expect("\(error)".hasPrefix("own.toml: ") && "\(error)".contains("; "))
  }

  @Test func `unknown keys, shares above 1 and what is not TOML are refused`() {
    #expect(throws: HardwareFileError.self) { try machines(full + "\nflops = 3") }
    #expect(throws: HardwareFileError.self) { try machines(full + "\ncompute_share = 1.5") }
    #expect(throws: HardwareFileError.self) { try machines("[a") }
  }
}
