import ArgumentParser
import Engine
import EngineProtocol
import Model
import Workbench

/// `lathe cost MODEL`: what a plan takes of machines.
struct Cost: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Predict memory and speed of a plan on machines.",
    discussion: """
      Weights and KV cache are exact, all else (~) is a roofline's prediction: a part of the model takes \
      as long as reading its bytes or doing its arithmetic, whichever is longer, and the parts follow \
      one another. How many experts a batch reads is an expectation, with even router loads or, with \
      --loads, those of the profile. Machines: A100-80G, H100, H200, RTX-4090, M3-Max by their vendors' \
      figures, of which 80 % of the bandwidth and 60 % of the operations are assumed to be reached; \
      "this" is the engine's machine, running Lathe in float32, measured once; yours go to \
      ~/.config/lathe/hardware.toml:

        [RTX-3090]
        memory_gib = 24
        bandwidth_gb_s = 936
        float32_tflops = 35.6
        half_tflops = 71

      EXAMPLES
        lathe cost ~/models/Mixtral-8x7B --context 4096 --set 'drop moe 20..27' --set 'bits 4 experts'
        lathe cost demo --plan plan.json --hardware H100 --batch 32 --json
        lathe cost demo --check
      """)

  @Argument(help: "A folder in Hugging Face layout, a .gguf file, or \"demo\".") var model: String
  @Option(help: ArgumentHelp("Start from this plan.", valueName: "file")) var plan: String?
  @Option(
    name: .customLong("recipe"), help: ArgumentHelp("Apply a recipe.", valueName: "recipe"))
  var recipes: [String] = []
  @Option(name: .customLong("set"), help: ArgumentHelp("Apply an edit.", valueName: "edit"))
  var edits: [String] = []
  @Option(
    help: ArgumentHelp("A machine, several times for several, or \"all\".", valueName: "name"))
  var hardware: [String] = []
  @Option(help: ArgumentHelp("More machines, in TOML.", valueName: "file"))
  var hardwareFile: String?
  @Option(help: "Tokens of each sequence; the model's context, at most 4096, where left out.")
  var context: Int?
  @Option(help: "Tokens of each prompt; the context where left out.") var prompt: Int?
  @Option(help: "Sequences side by side.") var batch = 1
  @Flag(help: "Take router loads from the profile, made now if there is none.") var loads = false
  @Flag(help: "Measure this machine again.") var probe = false
  @Flag(help: "Hold this machine's predicted decode speed against the measured one.")
  var check = false
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var engine: EngineOptions

  /// How far off a prediction for this machine may be.
  static let allowedError = 0.25
  /// Rounds of probing and decoding in turn.
  static let checkRounds = 8

  func validate() throws {
    guard batch > 0 else { throw ValidationError("--batch must be at least 1") }
    guard context ?? 1 > 0 else { throw ValidationError("--context must be at least 1") }
    guard prompt ?? 1 > 0 else { throw ValidationError("--prompt must be at least 1") }
  }

  func run() throws {
    if check { return try runCheck() }
    let session = EngineSession(engine, what: "cost")
    let spec = try session.open(model).spec
    let machines = try Machines(file: hardwareFile, session: session, again: probe)
      .named(hardware)
    let profile = loads ? try session.profile(model) : nil
    let start =
      try plan.map {
        try PlanFile(path: $0, what: "cost").plan(path: $0, for: spec, what: "cost")
      } ?? Plan(for: spec)
    var builder = PlanBuilder(start, of: spec, model: model, session: session, profile: profile)
    for text in recipes { try builder.apply(recipe: text) }
    for text in edits { try builder.apply(edit: text) }
    let workload = Workload(
      context: context ?? min(spec.context, 4096), batch: batch, prompt: prompt)
    let table = CostTable(
      CostModel(spec, profile: profile), builder.plan.choices, Choices(spec), workload, machines)
    if json { try JSONOutput.print(table) } else { print(table.text) }
  }

  private func runCheck() throws {
    var check: DecodeCheck
    do {
      check = try DecodeCheck(model: model)
      for _ in 0..<Self.checkRounds { try check.measure() }
    } catch { throw CommandFailure(.request, "cost", "\(error)") }
    var table = TextTable("plan", "predicted", "measured", "error")
    for row in check.rows {
      table.add(
        row.plan, "~" + Figure.fixed(row.predicted, 1), Figure.fixed(row.measured, 1),
        Figure.signed(100 * row.error, 1) + " %")
    }
    if json { try JSONOutput.print(["plans": check.rows]) } else { print(table.text) }
    let worst = check.rows.map(\.error.magnitude).max() ?? 0
    guard worst <= Self.allowedError else {
      throw CommandFailure(
        .work, "cost",
        "\(model): a prediction is off by \(Figure.percent(worst)), more than"
          + " \(Figure.percent(Self.allowedError, 0)); run it with nothing else to do")
    }
  }
}
