import ArgumentParser
import Engine
import FoundationEssentials

/// Which engine a command talks to.
struct EngineOptions: ParsableArguments {
  @Option(
    name: .customLong("engine"),
    help: ArgumentHelp(
      "Command line of the engine, such as 'ssh gpu-box lathe engine'.", valueName: "command"))
  var line: String?

  /// The engine's program and arguments: this program itself, unless another was named.
  var command: [String] {
    if let line { return line.split(separator: " ").map(String.init) }
    return [ShareFolder.executable?.path ?? CommandLine.arguments[0], "engine"]
  }
}
