import ArgumentParser
import EngineProtocol
import Model
import Workbench

/// `lathe predict MODEL --plan FILE`: a plan's quality without measuring it.
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Predict a plan's quality from what single changes cost.",
    discussion: """
      Rests on the sensitivity sweep, which is run first where it is missing, and on every plan of \
      this model that was measured before. KL is in nats; the interval holds nine of ten plans.

      EXAMPLES
        lathe predict demo --plan plan.json
        lathe predict demo --set 'drop experts where load < 0.3x' --set 'bits 4 experts' --json
      """)

  @Argument(help: "A folder in Hugging Face layout, a .gguf file, or \"demo\".") var model: String
  @Option(help: ArgumentHelp("The plan to predict.", valueName: "file")) var plan: String?
  @Option(name: .customLong("set"), help: ArgumentHelp("Apply an edit first.", valueName: "edit"))
  var edits: [String] = []
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Evaluation texts; each file is a domain.", valueName: "file"))
  var data: [String] = []
  @OptionGroup var calibration: CalibrationOptions
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var engine: EngineOptions

  func run() throws {
    let session = EngineSession(engine, what: "predict")
    let spec = try session.open(model).spec
    let texts = calibration.request
    let profile = try session.profile(model, texts)
    let start = try plan.map { path in
      try PlanFile(path: path, what: "predict").plan(path: path, for: spec, what: "predict")
    }
    var builder = PlanBuilder(
      start ?? Plan(for: spec), of: spec, model: model, session: session, profile: profile)
    for edit in edits { try builder.apply(edit: edit) }
    var request = EvaluationRequest(data: data)
    request.calibration = calibration.request
    var predictor = try session.predictor(
      model, of: spec, profile: profile, sweep: SweepRequest(data: texts.data, seed: texts.seed),
      request)
    guard let prediction = predictor.predict(builder.plan) else {
      throw CommandFailure(
        .work, "predict",
        "nothing is known of what this plan changes; \"lathe evaluate\" measures it")
    }
    let report = PredictionReport(
      prediction, bytes: spec.ledger(of: builder.plan.choices).bytes)
    if json { return try JSONOutput.print(report) }
    print(report.text)
  }
}

/// The command's JSON: the prediction, and what the plan costs.
struct PredictionReport: Encodable {
  let prediction: Prediction
  let bytes: Int

  init(_ prediction: Prediction, bytes: Int) {
    self.prediction = prediction
    self.bytes = bytes
  }

  private enum CodingKeys: String, CodingKey { case bytes }

  func encode(to encoder: any Encoder) throws {
    try prediction.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(bytes, forKey: .bytes)
  }

  /// The figures, one a line.
  var text: String {
    var facts = FactList()
    facts.add("memory", Figure.bytes(bytes))
    facts.add(
      "KL",
      "~ \(Figure.significant(prediction.kl)) ± \(Figure.significant(prediction.sigma)) nats,"
        + " nine of ten between \(Figure.significant(prediction.interval.low))"
        + " and \(Figure.significant(prediction.interval.high))")
    facts.add(
      "perplexity",
      "~ \(Figure.perplexity(prediction.perplexity))"
        + " ± \(Figure.significant(prediction.perplexitySigma))")
    for task in prediction.tasks {
      facts.add(
        task.name, "~ \(Figure.percent(task.accuracy)) ± \(Figure.fixed(100 * task.sigma, 1))")
    }
    let plans = prediction.measurements == 1 ? "plan" : "plans"
    facts.add("from", "the sweep and \(prediction.measurements) measured \(plans)")
    return facts.text()
  }
}

extension EngineSession {
  /// What predicts plans of a model: its sweep, the original's figures and every plan that was measured.
  fileprivate func predictor(
    _ model: String, of spec: ModelSpec, profile: Profile, sweep: SweepRequest,
    _ request: EvaluationRequest
  ) throws(CommandFailure) -> Predictor {
    var predictor = Predictor(profile: profile)
    predictor.learn(try sensitivities(model, sweep), of: spec)
    let known = try call(RecallMeasurements(model: model, request: request))
    var isOriginalKnown = false
    for run in known.runs {
      guard let plan = try? run.plan.plan(for: spec) else { continue }
      isOriginalKnown = isOriginalKnown || plan.isEmpty(for: spec)
      predictor.observe(run.evaluation, of: plan)
    }
    guard !isOriginalKnown else { return predictor }
    guard case .evaluation(let original) = try run(.evaluate(request), model: model)
    else { throw CommandFailure(.work, what, "the engine answered with something else") }
    predictor.observe(original, of: Plan(for: spec))
    return predictor
  }
}
