import ArgumentParser
import EngineProtocol
import Model
import Workbench

/// `lathe sweep MODEL`: what every change costs alone.
struct Sweep: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure what every single change costs.",
    discussion: """
      Every expert, MoE layer, attention half and block is dropped, every kind of linear of every \
      block is rounded to 2, 3, 4 and 8 bits, and neurons are slimmed to three widths, one change \
      at a time; some experts of each layer are dropped together. The rise of KL on calibration \
      texts is what predictions and the search rest on. The result is cached; an interrupted sweep \
      goes on where it stopped.

      Where that would take ten minutes or more, or with --depth propagated, only a sample of each \
      block's changes is measured with the whole model; of all others it is found how far they move \
      the residual stream behind their block, in one pass of the texts, and gains fitted to the sample \
      tell what that costs at the end. --check does both and says how far apart they are.

      EXAMPLES
        lathe sweep demo
        lathe sweep demo --depth propagated
        lathe sweep demo --check
        lathe sweep demo --json | jq '.entries | sort_by(-.kl) | .[:5]'
      """)

  @Argument(help: "A folder in Hugging Face layout, a .gguf file, or \"demo\".") var model: String
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Calibration texts; each file is a domain.", valueName: "file"))
  var data: [String] = []
  @Option(help: "Tokens to run for every change.") var tokens = SweepRequest.defaultTokens
  @Option(help: "Seed of the choice of windows.") var seed: UInt64 = 0
  @Option(
    help: "How much is measured: full or propagated; what takes less than ten minutes if left out.")
  var depth: SweepDepth?
  @Flag(help: "Hold what propagated changes cost against what they cost when measured.")
  var check = false
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var engine: EngineOptions

  func validate() throws {
    guard tokens > 0 else { throw ValidationError("--tokens must be at least 1") }
  }

  func run() throws {
    let session = EngineSession(engine, what: "sweep")
    func sweep(_ depth: SweepRequest.Depth) throws -> Sensitivities {
      try session.sensitivities(
        model, SweepRequest(data: data, tokens: tokens, seed: seed, depth: depth))
    }
    if check {
      let record = try PropagationRecord(sweep(.propagated), measured: sweep(.full))
      return json ? try JSONOutput.print(record) : print(PropagationText.text(record))
    }
    var found = try sweep(depth?.requested ?? .automatic)
    // What the layers did on single tokens is for predictions alone.
    found.sketches = []
    if json { return try JSONOutput.print(found) }
    print(SensitivitiesText.text(found, of: try session.open(model).spec))
  }
}

/// How much of a sweep a person wants measured.
enum SweepDepth: String, CaseIterable, ExpressibleByArgument {
  case full, propagated

  /// The same for the engine.
  var requested: SweepRequest.Depth { self == .full ? .full : .propagated }
}
