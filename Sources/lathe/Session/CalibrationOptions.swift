import ArgumentParser
import EngineProtocol

/// Which calibration tokens the methods of a plan look at.
struct CalibrationOptions: ParsableArguments {
  @Option(
    name: .customLong("calibration"), parsing: .upToNextOption,
    help: ArgumentHelp("Calibration texts for methods that need them.", valueName: "file"))
  var data: [String] = []
  @Option(name: .customLong("calibration-tokens"), help: "Calibration tokens.")
  var tokens = ProfileRequest.defaultTokens
  @Option(name: .customLong("calibration-seed"), help: "Seed of the choice of windows.")
  var seed: UInt64 = 0

  func validate() throws {
    guard tokens > 0 else { throw ValidationError("--calibration-tokens must be at least 1") }
  }

  /// What they ask for.
  var request: ProfileRequest { ProfileRequest(data: data, tokens: tokens, seed: seed) }
}
