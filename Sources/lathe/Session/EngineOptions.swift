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

  @Option(
    help: ArgumentHelp("Memory the engine keeps within, such as 6GiB.", valueName: "size"))
  var memory: ByteSize?

  /// The engine's program and arguments.
  var command: [String] { Self.command(line: line, memory: memory) }

  /// An engine's program and arguments: this program itself, unless another was named.
  static func command(line: String?, memory: ByteSize?) -> [String] {
    let program = ShareFolder.executable?.path ?? CommandLine.arguments[0]
    let engine = line.map { $0.split(separator: " ").map(String.init) } ?? [program, "engine"]
    return engine + (memory.map { ["--memory", "\($0.bytes)"] } ?? [])
  }
}
