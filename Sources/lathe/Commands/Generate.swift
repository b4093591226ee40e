import ArgumentParser
import EngineProtocol
import Model
import Workbench

/// `lathe generate MODEL --prompt TEXT`: continues a text.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Continue a text, always with the most likely token.",
    discussion: """
      EXAMPLES
        lathe generate demo --prompt 'def __init__(self'
        lathe generate demo --plan plan.json --prompt $'12+30=42\\n7+8=' --tokens 4
      """)

  @Argument(help: "A folder in Hugging Face layout, a .gguf file, or \"demo\".") var model: String
  @Option(help: "The text to continue.") var prompt: String
  @Option(help: ArgumentHelp("The plan to generate with.", valueName: "file")) var plan: String?
  @Option(help: "Tokens to add at most.") var tokens = 64
  @OptionGroup var calibration: CalibrationOptions
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var engine: EngineOptions

  func validate() throws {
    guard tokens > 0 else { throw ValidationError("--tokens must be at least 1") }
  }

  func run() throws {
    let session = EngineSession(engine, what: "generate")
    var request = GenerationRequest(
      plan: try plan.map { try PlanFile(path: $0, what: "generate") }, prompt: prompt,
      tokens: tokens)
    request.calibration = calibration.request
    guard case .generation(let result) = try session.run(.generate(request), model: model) else {
      throw CommandFailure(.work, "generate", "the engine answered with something else")
    }
    if json { return try JSONOutput.print(result) }
    print(prompt + result.text)
    StandardError.write(
      "\(result.tokens) tokens, \(Figure.fixed(result.tokensPerSecond, 1)) tokens/s\n")
  }
}
