import EngineProtocol
import Model

/// A value derived from others, which comparing states need not look at.
struct Derived<Value: Sendable>: Equatable, Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }

  static func == (left: Self, right: Self) -> Bool { true }
}

/// An open model with its plan and everything known about both.
struct Session: Equatable, Sendable {
  let spec: ModelSpec
  /// Whether there are weights to calibrate and measure with.
  let hasWeights: Bool
  /// Digest of the plan that leaves the model as it is.
  let emptyDigest: Fingerprint
  /// The parts of a block that the layers view has columns for.
  let layerColumns: [LayerColumn]
  /// Bits of the stored weights, by part of a block.
  let storedBits: StoredBits
  /// Changes that a sweep tries alone.
  let sweepSize: Int
  private let table: Derived<LedgerTable>

  private(set) var history: PlanHistory
  /// Digest of the plan as it is now.
  private(set) var digest: Fingerprint
  /// What the plan costs.
  private(set) var ledger: Ledger
  /// What the untouched model costs.
  let baseline: Ledger
  /// Digest of the plan as it was last saved or loaded.
  private(set) var savedDigest: Fingerprint

  private(set) var profile: Profile?
  /// Why there is no profile and none is being made.
  var profileProblem: String?
  private(set) var heat: HeatMap?
  private(set) var filter: Filter?
  private(set) var measurements = Measurements()
  /// Whether the engine has said what was measured in earlier sessions.
  private(set) var isRecalled = false
  /// What has been learned from the measurements; `nil` without a profile.
  private var predictor: Predictor?
  /// The plan's predicted quality, where there is a prediction.
  private(set) var prediction: Prediction?
  /// How far the sweep is that predictions rest on.
  var sweep = SweepState.unasked
  /// The search that runs or ran last.
  var search: SearchState?
  /// How well predictions have held for the plans measured so far.
  private(set) var record: PredictionRecord?

  /// Opens a model with an empty plan.
  init(_ model: OpenedModel) {
    spec = model.spec
    hasWeights = model.hasWeights
    let plan = Plan(for: model.spec)
    history = PlanHistory(plan)
    digest = plan.digest
    emptyDigest = digest
    savedDigest = digest
    let ledgerTable = LedgerTable(model.spec)
    table = Derived(ledgerTable)
    ledger = ledgerTable.ledger(of: plan.choices)
    baseline = ledger
    let hasShared = model.spec.blocks.contains { $0.moe?.shared != nil }
    storedBits = StoredBits(model.spec)
    sweepSize = Probe.count(in: model.spec)
    layerColumns = LayerColumn.allCases.filter { $0 != .shared || hasShared }
  }

  var plan: Plan { history.present }
  var choices: Choices { history.present.choices }
  var isPlanEmpty: Bool { digest == emptyDigest }
  /// Whether leaving now would lose edits.
  var isUnsaved: Bool { digest != savedDigest }

  /// Applies an edit to the plan.
  ///
  /// - Throws: `EditError`; nothing has changed then.
  mutating func apply(_ edit: Edit) throws(EditError) {
    try history.apply(edit, spec: spec, profile: profile)
    planChanged()
  }

  mutating func undo() -> PlanHistory.Change? {
    defer { planChanged() }
    return history.undo()
  }

  mutating func redo() -> PlanHistory.Change? {
    defer { planChanged() }
    return history.redo()
  }

  /// Takes another plan as an edit would lead to it: it can be undone, and counts as not saved.
  mutating func take(_ plan: Plan, called name: String) {
    history.replace(with: plan, called: name)
    planChanged()
  }

  /// Takes a plan from a file; it counts as saved.
  mutating func replacePlan(_ plan: Plan) {
    history = PlanHistory(plan)
    planChanged()
    savedDigest = digest
  }

  mutating func markSaved(_ digest: Fingerprint) { savedDigest = digest }

  mutating func setProfile(_ profile: Profile, metric: Metric, scale: HeatScale) {
    self.profile = profile
    profileProblem = nil
    predictor = Predictor(profile: profile)
    if case .finished(let found) = sweep { predictor?.learn(found.value, of: spec) }
    for known in measurements.finished.values {
      predictor?.observe(known.evaluation, of: known.plan)
    }
    lookBack()
    shade(metric, scale)
    if let rule = filter?.rule { filter = try? Filter(rule, spec, profile) }
  }

  /// Takes in a finished sweep, on which predictions rest from now on.
  mutating func setSensitivities(_ found: Sensitivities) {
    sweep = .finished(Derived(found))
    predictor?.learn(found, of: spec)
    lookBack()
  }

  /// Shades the map anew; without a profile there is nothing to shade.
  mutating func shade(_ metric: Metric, _ scale: HeatScale) {
    heat = profile.map { HeatMap(metric, scale, of: $0, spec) }
  }

  mutating func setFilter(_ rule: Rule?) throws(EditError) {
    guard let rule else {
      filter = nil
      return
    }
    filter = try Filter(rule, spec, profile)
  }

  /// Takes in the finished measurement of a plan and learns from it.
  mutating func finish(_ evaluation: Evaluation, of plan: Plan, at now: Int) {
    measurements.finish(plan, evaluation, at: now)
    predictor?.observe(evaluation, of: plan)
    lookBack()
  }

  /// Takes in what was measured in earlier sessions and learns from it.
  ///
  /// What does not fit the model, or comes to another plan than the one measured, is left out.
  mutating func recall(_ known: RecalledMeasurements, at now: Int) {
    isRecalled = true
    for run in known.runs {
      guard let plan = try? run.plan.plan(for: spec), plan.digest == run.evaluation.plan else {
        continue
      }
      measurements.recall(plan, run.evaluation, at: now - max(0, known.now - run.finished))
      predictor?.observe(run.evaluation, of: plan)
    }
    measurements.show(emptyDigest)
    lookBack()
  }

  /// Notes something about the measuring of plans that did not lead to figures.
  mutating func note(_ change: (inout Measurements) -> Void) { change(&measurements) }

  private mutating func planChanged() {
    digest = plan.digest
    ledger = table.value.ledger(of: choices)
    predict()
  }

  /// Predicts anew, the plans that were measured too, after something was learned.
  private mutating func lookBack() {
    record = predictor?.record()
    predict()
  }

  private mutating func predict() {
    let plan = plan
    prediction = predictor?.predict(plan)
  }
}
