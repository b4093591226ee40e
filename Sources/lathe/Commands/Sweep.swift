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

      EXAMPLES
        lathe sweep demo
        lathe sweep demo --json | jq '.entries | sort_by(-.kl) | .[:5]'
      """)

  @Argument(help: "A folder in Hugging Face layout, a .gguf file, or \"demo\".") var model: String
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Calibration texts; each file is a domain.", valueName: "file"))
  var data: [String] = []
  @Option(help: "Tokens to run for every change.") var tokens = SweepRequest.defaultTokens
  @Option(help: "Seed of the choice of windows.") var seed: UInt64 = 0
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var engine: EngineOptions

  func validate() throws {
    guard tokens > 0 else { throw ValidationError("--tokens must be at least 1") }
  }

  func run() throws {
    let session = EngineSession(engine, what: "sweep")
    let found = try session.sensitivities(
      model, SweepRequest(data: data, tokens: tokens, seed: seed))
    if json { return try JSONOutput.print(found) }
    print(SensitivitiesText.text(found, of: try session.open(model).spec))
  }
}
