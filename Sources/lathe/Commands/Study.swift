import ArgumentParser
import EngineProtocol
import FoundationEssentials
import Model
import Search
import Workbench

/// `lathe study`: what each method costs in quality, measured on the bundled model.
struct Study: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure every method side by side on the bundled model.",
    discussion: """
      Each way is a plan that is measured on the evaluation texts; random ones are the mean of \
      several draws. Some ways have to lose less than others: if one does not, the exit code is 1.

      EXAMPLES
        lathe study
        lathe study --update README.md
      """)

  @Option(
    help: ArgumentHelp("Replace the tables between the marks in this file.", valueName: "file"))
  var update: String?
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var engine: EngineOptions

  /// The bundled model, whose texts and task belong to it.
  private static let model = "demo"

  func run() throws {
    let session = EngineSession(engine, what: "study")
    let spec = try session.open(Self.model).spec
    let profile = try session.profile(Self.model)
    let start = ContinuousClock.now
    var tables: [StudyTable] = []
    for group in StudyGroup.all {
      let results = try group.cases.map { try measure($0, spec, profile, session) }
      let table = StudyTable(group, results)
      tables.append(table)
      if !json { print(table.markdown + "\n") }
    }
    let found = try StudySearch.table(after: tables, spec, model: Self.model, session)
    tables.append(found)
    if !json { print(found.markdown + "\n") }
    let predictions = try predictions(spec, profile, session)
    if json {
      try JSONOutput.print(StudyReport(tables: tables, predictions: predictions))
    } else {
      print(predictions.markdown)
    }
    if let update {
      let texts = tables.map(\.markdown) + [predictions.markdown]
      try Self.replace(texts.joined(separator: "\n\n"), in: update)
    }
    let seconds = Stopwatch.seconds(since: start)
    let plans =
      StudyGroup.all.flatMap(\.cases).reduce(0) { $0 + $1.draws } + predictions.points.count
    StandardError.write(
      "\(plans) plans and \(StudySearch.budgets.count) searches in \(Figure.fixed(seconds, 1)) s\n")
    let broken = tables.flatMap(\.broken) + predictions.broken
    guard broken.isEmpty else {
      throw CommandFailure(.work, "study", broken.joined(separator: "; "))
    }
  }

  private func measure(
    _ way: StudyCase, _ spec: ModelSpec, _ profile: Profile, _ session: EngineSession
  ) throws -> StudyResult {
    var evaluations: [Evaluation] = []
    var bytes = 0
    for seed in 0..<way.draws {
      var builder = PlanBuilder(
        Plan(for: spec), of: spec, model: Self.model, session: session, profile: profile)
      for step in way.steps {
        switch step {
        case .recipe(let text):
          try builder.apply(recipe: text.replacing("SEED", with: "\(seed)"))
        case .edit(let text): try builder.apply(edit: text)
        case .dropMostLoaded: try builder.apply(edit: Self.mostLoaded(profile))
        }
      }
      var request = EvaluationRequest(plan: PlanFile(builder.plan, of: spec))
      request.origin = .study
      guard
        case .evaluation(let result) = try session.run(.evaluate(request), model: Self.model)
      else { throw CommandFailure(.work, "study", "the engine answered with something else") }
      evaluations.append(result)
      bytes = spec.ledger(of: builder.plan.choices).bytes
    }
    return StudyResult(
      name: way.name, bytes: bytes, kl: evaluations.map(\.overall.kl),
      perplexity: evaluations.map(\.overall.perplexity),
      arithmetic: evaluations.map { $0.tasks.first?.accuracy ?? 0 },
      notes: Array(Set(evaluations.flatMap(\.notes))).sorted())
  }

  /// Predicts random plans and measures them; what the history knows is left out.
  private func predictions(
    _ spec: ModelSpec, _ profile: Profile, _ session: EngineSession
  ) throws -> PredictionStudy {
    func measure(_ plan: Plan) throws -> Evaluation {
      var request = EvaluationRequest(plan: PlanFile(plan, of: spec))
      request.origin = .study
      guard case .evaluation(let result) = try session.run(.evaluate(request), model: Self.model)
      else { throw CommandFailure(.work, "study", "the engine answered with something else") }
      return result
    }
    var predictor = Predictor(profile: profile)
    predictor.learn(try session.sensitivities(Self.model), of: spec)
    predictor.observe(try measure(Plan(for: spec)), of: Plan(for: spec))
    let source = RandomPlan(
      for: spec, worth: { id in profile.expert(id).map { $0.reap * $0.load } ?? 0 },
      seed: PredictionStudy.seed)
    return try PredictionStudy(source, predictor, measure: measure)
  }

  private static func mostLoaded(_ profile: Profile) -> String {
    let experts = profile.blocks.flatMap { block in
      block.experts.sorted { $0.load > $1.load }.prefix(block.experts.count / 4)
        .map { ExpertID(block: block.index, expert: $0.index) }
    }
    return Edit(.drop, .experts, .experts(ExpertRange.compact(experts))).description
  }

  private static let marks = (begin: "<!-- study -->", end: "<!-- end of study -->")

  /// Puts the tables between the marks of a file.
  private static func replace(_ tables: String, in path: String) throws(CommandFailure) {
    let text: String
    do { text = try String(contentsOf: URL(filePath: path), encoding: .utf8) } catch {
      throw CommandFailure(
        .request, "study", "\(path): it cannot be read; name a text file with the marks")
    }
    guard let begin = text.firstRange(of: marks.begin), let end = text.firstRange(of: marks.end),
      begin.upperBound <= end.lowerBound
    else {
      throw CommandFailure(
        .request, "study", "\(path): it lacks the lines \(marks.begin) and \(marks.end)")
    }
    let replaced =
      text[..<begin.upperBound] + "\n" + tables + "\n" + text[end.lowerBound...]
    do { try Data(replaced.utf8).write(to: URL(filePath: path), options: .atomic) } catch {
      throw CommandFailure(
        .work, "study", "\(path): it cannot be written; name a file you may write to")
    }
  }
}
