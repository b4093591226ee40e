import ArgumentParser
import Checkpoint
import Engine
import EngineProtocol
import FoundationEssentials
import Measurement
import Model
import Numerics
import Workbench

/// `lathe bench [MODEL]`: measures this machine and Lathe on it.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure this machine and Lathe on it.",
    discussion: """
      Everything is measured in this process, one figure a line; times are medians. Compare figures \
      of one run only: other work on the machine shows in all of them.

      EXAMPLES
        lathe bench
        lathe bench demo --json
        lathe bench demo --edits
        lathe bench demo --text book.txt --json
      """)

  @Argument(help: "A folder in Hugging Face layout, a .gguf file, or \"demo\".") var model = "demo"
  @Flag(
    help: ArgumentHelp(
      "Also write 13.8 GB of random weights in OLMoE-1B-7B's shape and run them in 4 GiB."))
  var large = false
  @Flag(help: "Measure the compression methods alone, on weights in published models' shapes.")
  var methods = false
  @Flag(help: "Measure evaluations alone: from scratch and after edits.") var edits = false
  @Option(
    help: ArgumentHelp(
      "Only time the perplexity of this text, as others are timed on it.", valueName: "file"))
  var text: String?
  @Flag(help: "Print one JSON object a figure.") var json = false

  func run() throws {
    if methods { return try MethodFigures.measure { try report($0, $1, $2) } }
    if edits { return try evaluations(EngineBench(model: model)) }
    if let text { return try perplexity(of: text) }
    // First, so that the peak of memory is this measurement's own.
    if large { try largeModel() }
    try machine()
    for (name, speed) in DecodingBench().run() + BlockDecodingBench().run() {
      try report("decode \(name), 1 core", speed, "GB/s of floats")
    }
    try headers()
    try workbench()
    try predictions()
    try engine()
    try decoding()
  }

  private func report(
    _ name: String, _ value: Double, _ unit: String, goal: Double? = nil, floor: Double? = nil
  ) throws {
    let figure = BenchFigure(name: name, value: value, unit: unit, goal: goal, floor: floor)
    if json { try JSONOutput.print(figure) } else { print(figure.text) }
  }

  private func machine() throws {
    try report(
      "sgemm peak, \(Workers.shared.count) cores, \(BLAS.kernelName) kernels",
      ProductPeak().gigaflops(), "GFLOP/s")
  }

  /// What programs that only score a text are compared with.
  private func perplexity(of text: String) throws {
    let bench = try ForwardBench(model: model, files: [text])
    let timing = try ForwardTiming(bench, rounds: 3)
    try report("tokens", Double(bench.tokens), "")
    try report("perplexity", timing.perplexity, "")
    try report("speed", Double(bench.tokens) / timing.seconds, "tokens/s")
    try report("share of sgemm", 100 * timing.share, "%")
  }

  /// A forward pass alone: hidden states, logits, loss.
  private func forward() throws {
    let bench = try ForwardBench(model: model, windows: EvaluationRequest.defaultWindows)
    let timing = try ForwardTiming(bench, rounds: 7)
    try report(
      "forward pass and loss, \(Figure.grouped(bench.tokens)) tokens",
      Double(bench.tokens) / timing.seconds, "tokens/s")
    try report(
      "  share of the sgemm of the same seconds", 100 * timing.share, "%", floor: 50)
  }

  /// A model larger than its memory: a forward pass, then a calibration pass.
  private func largeModel() throws {
    try inTemporaryFolder { folder in
      let bytes = try RandomCheckpoint.write(to: folder)
      let memory = 4 << 30
      let forward = try ForwardBench(
        model: folder.path, windows: 2, memory: MemoryBudget(bytes: memory))
      let timing = try ForwardTiming(forward, rounds: 1, warm: false)
      try report(
        "forward pass of \(Figure.bytes(bytes)), \(forward.tokens) tokens", timing.seconds, "s")
      try report("  share of the sgemm of the same minute", 100 * timing.share, "%", floor: 60)
      try report("  reading and widening bf16", 100 * timing.widening, "%", goal: 10)
      let bench = try LargeProfileBench(folder: folder.path, memory: memory, tokens: 4096)
      let start = ContinuousClock.now
      try bench.run()
      let seconds = Stopwatch.seconds(since: start)
      try report("profile of \(Figure.bytes(bytes)), \(bench.tokens) tokens", seconds, "s")
      try report("  speed", Double(bench.tokens) / seconds, "tokens/s")
      try report("  weights read", Double(bytes) / seconds / 1e9, "GB/s")
      try report("  arithmetic", bench.operations / seconds / 1e9, "GFLOP/s")
      try report("  peak resident memory", bench.peakGibibytes, "GiB", goal: 4.4)
    }
  }

  private func inTemporaryFolder(_ work: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "lathe-bench-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try work(folder)
  }

  /// Opening a checkpoint too large to read.
  private func headers() throws {
    try inTemporaryFolder { folder in
      let (tensors, bytes) = try SparseCheckpoint.write(to: folder)
      let times = try Stopwatch.seconds(rounds: 5) { _ = try Checkpoint.open(folder: folder.path) }
      try report(
        "open \(Figure.bytes(bytes)), \(Figure.grouped(tensors)) tensors, headers alone",
        Stopwatch.median(times), "s", goal: 0.3)
    }
  }

  /// A key on the largest model people compress: state, ledger, frame.
  private func workbench() throws {
    var state = LargeModel.workbench()
    let capabilities = Capabilities(colors: .palette, unicode: true)
    let keys: [Key] = [.character(" "), .right, .character("+"), .down, .character("u")]
    var time = 10
    var times: [Double] = []
    for round in 0..<400 {
      let start = ContinuousClock.now
      time += 1
      _ = state.update(.input(.key(keys[round % keys.count])), at: time)
      _ = render(state, size: LargeModel.size, capabilities: capabilities)
      times.append(Stopwatch.seconds(since: start) * 1000)
    }
    times.sort()
    try report(
      "key to frame, 61 x 256 experts at 200 x 60, median", Stopwatch.median(times), "ms")
    try report(
      "key to frame, 99th percentile", Stopwatch.quantile(0.99, of: times), "ms", goal: 16)
  }

  /// A prediction after an edit on the same model.
  private func predictions() throws {
    var timing = PredictionTiming(LargeModel.spec, LargeModel.profile)
    let times = try timing.milliseconds(edits: 180).sorted()
    try report(
      "prediction after an edit, 61 x 256 experts, median", Stopwatch.median(times), "ms", goal: 1)
    try report("  99th percentile", Stopwatch.quantile(0.99, of: times), "ms")
    let refits = (0..<9).map { _ in timing.refitMilliseconds() }
    try report(
      "  after a measurement, with \(PredictionTiming.measured) measured plans",
      Stopwatch.median(refits), "ms", goal: 16)
  }

  /// Decode speed of this machine, measured and as the cost model predicts it.
  private func decoding() throws {
    var check = try DecodeCheck(model: model)
    for _ in 0..<Cost.checkRounds { try check.measure() }
    for row in check.rows {
      try report("decode, \(row.plan)", row.measured, "tokens/s")
      try report("  predicted", row.predicted, "tokens/s")
      try report("  off by", 100 * row.error.magnitude, "%", goal: 100 * Cost.allowedError)
    }
  }

  /// The calibration pass and an evaluation, as the engine runs them.
  private func engine() throws {
    let bench = try EngineBench(model: model)
    let profile = try Stopwatch.seconds(rounds: 3) { _ = try bench.profile() }
    try report(
      "profile, \(Figure.grouped(bench.profileTokens)) tokens", Stopwatch.median(profile), "s",
      goal: 5)
    try forward()
    try evaluations(bench)
  }

  /// Plans measured from scratch and after edits.
  private func evaluations(_ bench: EngineBench) throws {
    var figures = EvaluationFigures(bench)
    try figures.measure { try report($0, $1, $2, goal: $3, floor: $4) }
  }
}
