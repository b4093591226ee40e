import ArgumentParser
import EngineProtocol
import Model

/// `lathe report MODEL`: all views on paper.
struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print structure, scores, plan, ledger and measured quality as text.",
    discussion: """
      EXAMPLES
        lathe report demo --text
        lathe report demo --plan plan.json --text > report.txt
      """)

  @Argument(help: "A folder in Hugging Face layout, a .gguf file, or \"demo\".") var model: String
  @Option(help: ArgumentHelp("The plan to report on.", valueName: "file")) var plan: String?
  @Flag(help: "Print text (the only form so far, and the default).") var text = false
  @OptionGroup var engine: EngineOptions

  func run() throws {
    let session = EngineSession(engine, what: "report")
    let opened = try session.open(model)
    let spec = opened.spec
    let file = try plan.map { try PlanFile(path: $0, what: "report") }
    let plan =
      try file?.plan(path: plan ?? "", for: spec, what: "report") ?? Plan(for: spec)
    print("STRUCTURE\n" + Inspect.text(opened, spec.ledger(of: Choices(spec))))
    print("\nPLAN\n" + Self.steps(of: plan) + "\n" + PlanCosts(plan, of: spec).text)
    guard opened.hasWeights else { return }
    let profile = try session.profile(model)
    print("\nEXPERT MAP (load, in tenths of the uniform share; x dropped)")
    print(Self.map(profile, plan))
    print("\nSCORES\n" + ProfileText.text(profile, of: spec))
    let request = EvaluationRequest(plan: file)
    guard case .evaluation(let result) = try session.run(.evaluate(request), model: model) else {
      throw CommandFailure(.work, "report", "the engine answered with something else")
    }
    print("\nMEASURED QUALITY\n" + EvaluationText.text(result))
  }

  private static func steps(of plan: Plan) -> String {
    guard !plan.steps.isEmpty else { return "no edits: the model as it is" }
    return plan.steps.enumerated().map { "\($0 + 1). \($1.said)" }.joined(separator: "\n")
  }

  /// Blocks down, experts across: a number reads aloud where a colour cannot be seen.
  private static func map(_ profile: Profile, _ plan: Plan) -> String {
    profile.blocks.filter { !$0.experts.isEmpty }.map { block in
      let cells = block.experts.map { expert -> String in
        let id = ExpertID(block: block.index, expert: expert.index)
        guard plan.choices.keeps(id) else { return "  x" }
        let tenths = Int((expert.load * Double(block.experts.count) * 10).rounded())
        return String(repeating: " ", count: max(1, 3 - "\(tenths)".count)) + "\(tenths)"
      }
      let label = "\(block.index)"
      return String(repeating: " ", count: max(0, 4 - label.count)) + label + " |" + cells.joined()
    }.joined(separator: "\n")
  }
}
