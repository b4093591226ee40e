import ArgumentParser
import Checkpoint
import EngineProtocol
import FoundationEssentials
import Model

/// `lathe history MODEL`: the plans that were measured.
struct ShowHistory: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "List measured plans, their Pareto front, or open one again.",
    discussion: """
      Every finished measurement is kept, newest first; without MODEL, the models that were \
      measured are listed. --front lists the plans that no other plan beats on memory and KL, by \
      memory: among those measured on the same data, the one that --data names or that most plans \
      were measured on.

      EXAMPLES
        lathe history
        lathe history demo
        lathe history demo --front --csv > front.csv
        lathe history demo --plan 12 -o plan.json
      """)

  @Argument(help: "A folder in Hugging Face layout, a .gguf file, or \"demo\".") var model: String?
  @Flag(help: "Only plans that no other plan beats.") var front = false
  @Option(help: "Most plans to list.") var limit = 20
  @Option(
    help: ArgumentHelp("Only plans measured on this data: its first hex digits.", valueName: "hex"))
  var data: String?
  @Option(help: ArgumentHelp("Print the plan of a run, or write it with -o.", valueName: "id"))
  var plan: Int?
  @Option(name: .shortAndLong, help: ArgumentHelp("Write the plan here.", valueName: "file"))
  var output: String?
  @Flag(help: "Replace the output file if it exists.") var force = false
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Print comma-separated values.") var csv = false
  @OptionGroup var engine: EngineOptions

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
    guard !(json && csv) else { throw ValidationError("--json and --csv exclude each other") }
    guard output == nil || plan != nil else { throw ValidationError("-o needs --plan") }
    guard model != nil || !(front || csv || plan != nil || data != nil) else {
      throw ValidationError("--front, --csv, --data and --plan need a MODEL")
    }
    if let data, !(data.allSatisfy { $0.isHexDigit && $0.isASCII }) || data.count > 32 {
      throw ValidationError("--data takes the first hex digits of a fingerprint")
    }
  }

  func run() throws {
    let session = EngineSession(engine, what: "history")
    guard let model else { return try listModels(session) }
    let spec = try session.open(model).spec
    if let plan { return try open(plan, of: spec, session) }
    let list = try session.call(
      ListHistory(
        model: spec.fingerprint, data: data?.lowercased(), isFront: front, limit: limit))
    try tell(list.problem, isFatal: list.total == 0)
    if json { return try JSONOutput.print(RunList(list.runs.map(RunRecord.init))) }
    if csv { return print(RunTable.csv(list.runs), terminator: "") }
    print(RunTable.text(list, of: spec, isFront: front))
  }

  private func listModels(_ session: EngineSession) throws {
    let answer = try session.call(ListHistoryModels())
    try tell(answer.problem, isFatal: answer.models.isEmpty)
    if json { return try JSONOutput.print(ModelList(answer.models.map(ModelRecord.init))) }
    print(RunTable.text(answer))
  }

  /// Says why the file is not used: instead of a list where there is nothing to list.
  private func tell(_ problem: String?, isFatal: Bool) throws(CommandFailure) {
    guard let problem else { return }
    if isFatal { throw CommandFailure(.request, "history", problem) }
    StandardError.write("lathe: history: \(problem)\n")
  }

  private func open(_ id: Int, of spec: ModelSpec, _ session: EngineSession) throws {
    let run = try session.call(ReadHistoryPlan(id: id))
    guard run.plan.model.fingerprint == spec.fingerprint else {
      throw CommandFailure(
        .request, "history",
        "run \(id): it is of \(run.plan.model.name.sanitized), not of \(spec.name.sanitized); name"
          + " that model")
    }
    guard let output else { return try JSONOutput.print(run.plan) }
    try run.plan.write(to: output, isForced: force, what: "history")
  }

  private struct RunList: Encodable {
    var runs: [RunRecord]
    init(_ runs: [RunRecord]) { self.runs = runs }
  }

  private struct ModelList: Encodable {
    var models: [ModelRecord]
    init(_ models: [ModelRecord]) { self.models = models }
  }
}
