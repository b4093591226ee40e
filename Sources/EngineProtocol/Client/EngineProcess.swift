import Subprocess

/// Runs an engine's process and moves lines in and out of it.
enum EngineProcess {
  /// Runs the process to its end.
  ///
  /// - Parameters:
  ///   - command: the program and its arguments
  ///   - standardError: where its standard error goes
  ///   - input: what to write; the process's standard input ends where the stream does
  ///   - onLine: called with every line of its standard output
  ///   - onError: called with every captured line of its standard error
  /// - Returns: how it ended, to follow "the engine".
  static func run(
    _ command: [String], standardError: EngineClient.StandardError, input: AsyncStream<[UInt8]>,
    onLine: @escaping @Sendable ([UInt8]) -> Void,
    onError: @escaping @Sendable (String) -> Void
  ) async -> String {
    // env(1) takes names and paths alike, and replaces itself with the program.
    let executable = Executable.name("env")
    let arguments = Arguments(command)
    do {
      let status: TerminationStatus
      switch standardError {
      case .inherit:
        status = try await Subprocess.run(
          executable, arguments: arguments, input: .inputWriter, output: .sequence,
          error: .currentStandardError
        ) { execution in
          await converse(
            execution.standardInputWriter, input, execution.standardOutput, onLine)
        }.terminationStatus
      case .capture:
        status = try await Subprocess.run(
          executable, arguments: arguments, input: .inputWriter, output: .sequence,
          error: .sequence
        ) { execution in
          async let errors: Void = lines(of: execution.standardError) {
            onError(String(decoding: $0, as: UTF8.self))
          }
          await converse(
            execution.standardInputWriter, input, execution.standardOutput, onLine)
          await errors
        }.terminationStatus
      }
      return ending(status)
    } catch {
      return "could not be started as \"\(command.joined(separator: " "))\""
    }
  }

  /// Writes the input and reads the output side by side, until the output ends.
  private static func converse(
    _ writer: StandardInputWriter, _ input: AsyncStream<[UInt8]>,
    _ output: SubprocessOutputSequence, _ onLine: @escaping @Sendable ([UInt8]) -> Void
  ) async {
    let writing = Task {
      for await line in input {
        // A write fails only when the process is gone; its end is reported by the caller.
        guard (try? await writer.write(line)) != nil else { break }
      }
      try? await writer.finish()
    }
    await lines(of: output, onLine)
    writing.cancel()
  }

  private static func lines(
    of output: SubprocessOutputSequence, _ onLine: @Sendable ([UInt8]) -> Void
  ) async {
    var splitter = LineSplitter()
    do {
      for try await buffer in output {
        // The bytes are copied before the closure returns.
        let lines = unsafe buffer.withUnsafeBytes { unsafe splitter.append($0) }
        for line in lines { onLine(line) }
      }
    } catch {
      // Reading fails only when the process is gone; its end is reported by the caller.
    }
  }

  private static func ending(_ status: TerminationStatus) -> String {
    switch status {
    case .exited(0): "ended"
    case .exited(127): "could not be started: its command was not found"
    case .exited(let code): "ended with exit code \(code)"
    case .signaled(9): "was killed (signal 9; out of memory, perhaps)"
    case .signaled(let signal): "crashed (signal \(signal))"
    }
  }
}
