import ArgumentParser
import Engine
import FoundationEssentials
import Logging
import Measurement

/// `lathe engine`: the background engine on standard input and output.
struct RunEngine: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine",
    abstract: "Run the engine: JSON-RPC 2.0, one message a line, on standard input and output.",
    discussion: """
      Front ends start it themselves; run it by hand to script it or to reach another machine. \
      LATHE_LOG=debug logs requests to standard error.

      EXAMPLES
        lathe demo --engine 'ssh gpu-box lathe engine'
        echo '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"clientVersion":"0"}}' | lathe engine
      """)

  @Option(help: ArgumentHelp("Memory to keep within, such as 6GiB.", valueName: "size"))
  var memory: ByteSize?

  func run() {
    var log = Logger(label: "lathe.engine") { StreamLogHandler.standardError(label: $0) }
    let level = ProcessInfo.processInfo.environment["LATHE_LOG"] ?? ""
    log.logLevel = Logger.Level(rawValue: level) ?? .warning
    let memory = memory.map { MemoryBudget(bytes: $0.bytes) } ?? .standard
    EngineServer.serveStandardStreams(memory: memory, log: log)
  }
}
