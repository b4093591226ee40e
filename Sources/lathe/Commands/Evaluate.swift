import ArgumentParser
import EngineProtocol
import Model

/// `lathe evaluate MODEL`: measures a plan's quality.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure perplexity, KL to the original and task accuracy.",
    discussion: """
      Each text is encoded in one piece and cut into consecutive windows of the model's context (at \
      most 512 tokens); each window is scored alone on its next-token targets. Files that end in \
      .jsonl are tasks, one object a line: {"context", "answer"} is answered greedily and compared \
      exactly; {"context", "choices", "answer"}, the answer an index or a choice's text, is scored as \
      lm-evaluation-harness scores it, and so are HellaSwag's own files: accuracy by likelihood, \
      normalised by likelihood per character. Beside tasks alone, the bundled texts are measured. \
      Intervals are 95 %, of texts from the spread between windows. KL is in nats. Methods that look \
      at activations (gptq, awq, wanda, sparsegpt, neurons, merge) do so on calibration texts, by \
      default the bundled ones.

      EXAMPLES
        lathe evaluate demo
        lathe evaluate demo --plan plan.json --json
        lathe evaluate ~/models/OLMoE-1B-7B --data held-out.txt sums.jsonl --windows 16
        lathe evaluate ~/models/OLMoE-1B-7B --data hellaswag_val.jsonl
      """)

  @Argument(help: "A folder in Hugging Face layout, a .gguf file, or \"demo\".") var model: String
  @Option(help: ArgumentHelp("The plan to measure.", valueName: "file")) var plan: String?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Evaluation texts and tasks; each file is a domain.", valueName: "file"))
  var data: [String] = []
  @Option(help: "Windows per text.") var windows = EvaluationRequest.defaultWindows
  @OptionGroup var calibration: CalibrationOptions
  @Flag(inversion: .prefixedNo, help: "Ask the tasks too.") var tasks = true
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var engine: EngineOptions

  func validate() throws {
    guard windows > 0 else { throw ValidationError("--windows must be at least 1") }
  }

  func run() throws {
    let session = EngineSession(engine, what: "evaluate")
    let plan = try plan.map { path in
      let file = try PlanFile(path: path, what: "evaluate")
      _ = try file.plan(path: path, for: session.open(model).spec, what: "evaluate")
      return file
    }
    var request = EvaluationRequest(plan: plan, data: data, windows: windows, tasks: tasks)
    request.calibration = calibration.request
    guard case .evaluation(let result) = try session.run(.evaluate(request), model: model) else {
      throw CommandFailure(.work, "evaluate", "the engine answered with something else")
    }
    if json { return try JSONOutput.print(result) }
    print(EvaluationText.text(result))
  }
}
