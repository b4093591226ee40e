import ArgumentParser
import EngineProtocol
import Model
import Workbench

/// `lathe verify MODEL --reference FILE`: compares the forward pass with stored activations.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare the forward pass with activations stored by another implementation.",
    discussion: """
      FILE is a safetensors file with input_ids and any of hidden.<i>, router.<i>.logits, logits, \
      loss. Exit code 1 when a difference is above the tolerance.

      EXAMPLES
        lathe verify ~/models/tiny-olmoe --reference ~/models/tiny-olmoe/reference.safetensors
      """)

  @Argument(help: "A folder in Hugging Face layout, a .gguf file, or \"demo\".") var model: String
  @Option(help: ArgumentHelp("Stored activations.", valueName: "file")) var reference: String
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var engine: EngineOptions

  func run() throws {
    let work = JobRequest.verify(VerificationRequest(reference: reference))
    let session = EngineSession(engine, what: "verify")
    guard case .verification(let result) = try session.run(work, model: model) else {
      throw CommandFailure(.work, "verify", "the engine answered with something else")
    }
    if json { try JSONOutput.print(result) } else { print(Self.text(result)) }
    guard result.ok else {
      let worst = result.tensors.max { $0.maxAbsError < $1.maxAbsError }
      throw CommandFailure(
        .work, "verify",
        "\(worst?.name ?? "logits"): it differs by \(worst?.maxAbsError ?? 0), more than "
          + "\(result.tolerance); check that the file belongs to this model")
    }
  }

  private static func text(_ result: Verification) -> String {
    var table = TextTable("tensor", "largest absolute error", "")
    for tensor in result.tensors {
      table.add(
        tensor.name, Figure.significant(tensor.maxAbsError),
        tensor.maxAbsError <= result.tolerance ? "ok" : "TOO LARGE")
    }
    return "\(table.text)\ntolerance \(Figure.significant(result.tolerance))"
  }
}
