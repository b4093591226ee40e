import ArgumentParser
import EngineProtocol
import Glibc

/// The program: `lathe [MODEL]` opens the workbench, every other verb prints and exits.
@main
struct Lathe: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lathe",
    abstract: "A terminal workbench for compressing Mixture-of-Experts language models.",
    discussion: """
      MODEL is a folder in Hugging Face layout, a .gguf file, or "demo" for the bundled model. \
      Results go to stdout, progress and messages to stderr; --json prints one JSON object.

      EXAMPLES
        lathe demo                                        open the bundled model in the workbench
        lathe inspect ~/models/OLMoE-1B-7B                structure and bytes, from headers alone
        lathe profile demo                                router load, REAP, outliers, importance
        lathe plan demo --set 'drop experts where load < 0.2x' --set 'bits 4 experts' -o plan.json
        lathe evaluate demo --plan plan.json              perplexity and KL, per domain
        lathe history demo --front                        the best of the plans measured so far
        lathe report demo --plan plan.json --text         everything on paper

      Exit codes: 0 done, 1 the work failed or a check did not hold, 2 the request was wrong.
      """,
    version: Version.current,
    subcommands: [
      Open.self, Inspect.self, Verify.self, TokenizeText.self, MakeProfile.self, EditPlan.self,
      ListRecipes.self, Sweep.self, Predict.self, Cost.self, SearchPlan.self, Evaluate.self,
      ShowHistory.self, Report.self, Generate.self, Info.self, Bench.self, Study.self,
      RunEngine.self,
    ],
    defaultSubcommand: Open.self)

  static func main() {
    // An engine that died shows as an error of the write to it, not as a signal that ends Lathe.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try Lathe.parseAsRoot()
      try command.run()
      ProcessEnd.exit(0)
    } catch let failure as CommandFailure {
      failure.exit()
    } catch {
      exit(parsing: error)
    }
  }

  /// Prints help and versions as asked; anything else is a wrong request, in one line.
  private static func exit(parsing error: any Error) -> Never {
    guard Lathe.exitCode(for: error) != .success else { Lathe.exit(withError: error) }
    let message = Lathe.message(for: error)
    let line = message.split(separator: "\n").first.map(String.init) ?? "they cannot be read"
    CommandFailure(.request, "arguments", "\(line); see \"lathe --help\"").exit()
  }
}
