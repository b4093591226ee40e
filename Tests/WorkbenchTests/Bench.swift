import EngineProtocol
import Model

@testable import Workbench

/// A workbench with a hand on its clock and a script for its engine.
struct Bench {
  private(set) var state: WorkbenchState
  /// Every effect so far, in order.
  private(set) var effects: [Effect] = []
  var time = 0
  let spec: ModelSpec

  /// Nothing has been heard from the engine yet.
  init(_ spec: ModelSpec = Sample.spec(), size: Size = Size(columns: 120, rows: 36)) {
    self.spec = spec
    state = WorkbenchState(
      modelPath: "demo",
      options: WorkbenchState.Options(
        themes: ["dark", "light"], theme: "dark", planPath: "demo.plan.json", size: size))
  }

  /// The model is open, its profile is there, the untouched model is measured.
  static func ready(
    _ spec: ModelSpec = Sample.spec(), size: Size = Size(columns: 120, rows: 36)
  ) -> Bench {
    var bench = Bench(spec, size: size)
    bench.open()
    bench.finishProfile()
    bench.finishEvaluation()
    bench.forgetEffects()
    return bench
  }

  mutating func send(_ event: Event) {
    effects += state.update(event, at: time)
  }

  mutating func send(_ events: EngineEvent...) {
    for event in events { send(.engine(event)) }
  }

  mutating func forgetEffects() { effects = [] }

  /// Keeps only the latest effects, for long sessions.
  mutating func forgetOldEffects() { effects = effects.suffix(8) }

  /// Lets time pass and wakes the state as often as it asks to be.
  mutating func wait(milliseconds: Int) {
    let end = time + milliseconds
    while let wake = state.nextWake, wake <= end {
      time = max(time, wake)
      send(.wake)
    }
    time = end
  }

  /// Presses keys: single characters as they stand, others by name in angle brackets.
  mutating func press(_ keys: String) {
    var rest = Substring(keys)
    while let first = rest.first {
      if first == "<", let end = rest.firstIndex(of: ">"), let key = Self.named[rest[...end]] {
        send(.input(.key(key)))
        rest = rest[rest.index(after: end)...]
      } else {
        for scalar in first.unicodeScalars { send(.input(.key(.character(scalar)))) }
        rest = rest.dropFirst()
      }
    }
  }

  mutating func click(_ column: Int, _ row: Int) {
    send(.input(.mouse(Mouse(.press, column: column, row: row))))
    send(.input(.mouse(Mouse(.release, column: column, row: row))))
  }

  static let named: [Substring: Key] = [
    "<space>": .character(" "), "<enter>": .enter, "<esc>": .escape, "<tab>": .tab,
    "<home>": .home, "<end>": .end, "<up>": .up, "<down>": .down, "<left>": .left,
    "<right>": .right, "<bs>": .backspace, "<pgdn>": .pageDown, "<pgup>": .pageUp,
    "<C-c>": .control("c"), "<C-r>": .control("r"), "<C-z>": .control("z"),
    "<C-u>": .control("u"), "<C-l>": .control("l"), "<lt>": .character("<"),
    "<f1>": .function(1),
  ]

  // MARK: the engine's part

  /// The engine says hello, opens the model and tells what it knows of it.
  mutating func open(hasWeights: Bool = true, knowing known: RecalledMeasurements? = nil) {
    send(.described(Sample.engine), .opened(OpenedModel(spec: spec, hasWeights: hasWeights)))
    if effects.contains(.recall(EvaluationRequest())) {
      send(.recalled(known ?? RecalledMeasurements()))
    }
  }

  /// The tickets of the jobs that were asked for and are not known under a number yet.
  var startedTickets: [Int] {
    effects.compactMap { if case .startJob(_, let ticket) = $0 { ticket } else { nil } }
  }

  var evaluationRequests: [EvaluationRequest] {
    effects.compactMap {
      if case .startJob(.evaluate(let request), _) = $0 { request } else { nil }
    }
  }

  /// Gives the job that was asked for last its number, 100 + ticket.
  @discardableResult
  mutating func acceptJob() -> Int {
    let ticket = startedTickets.last ?? 0
    send(.jobStarted(ticket: ticket, job: 100 + ticket))
    return 100 + ticket
  }

  mutating func finishProfile() {
    let job = acceptJob()
    send(.notification(.finished(JobFinished(job: job, result: .profile(Sample.profile(spec))))))
  }

  mutating func finishEvaluation(damage: Double = 0, notes: [String] = []) {
    let job = acceptJob()
    var evaluation = Sample.evaluation(
      spec, plan: state.session?.digest ?? Fingerprint(), damage: damage)
    evaluation.notes = notes
    send(.notification(.finished(JobFinished(job: job, result: .evaluation(evaluation)))))
  }

  mutating func progress(
    job: Int, fraction: Double, stage: String = "forward pass", partial: Evaluation? = nil
  ) {
    send(
      .notification(
        .progress(
          JobProgress(
            job: job, stage: stage, fraction: fraction,
            completed: fraction.isFinite ? Int(fraction * 10_200) : .min,
            total: 10_200, unit: "tokens", rate: 12_100,
            secondsLeft: (1 - fraction) * 10_200 / 12_100, partial: partial))))
  }

  /// Half a second passes, the plan is measured.
  mutating func measure(damage: Double, notes: [String] = []) {
    wait(milliseconds: 500)
    finishEvaluation(damage: damage, notes: notes)
  }

  func screen(
    _ size: Size? = nil, colors: ColorDepth = .palette, unicode: Bool = true
  ) -> Screen {
    render(
      state, size: size ?? state.size,
      capabilities: Capabilities(colors: colors, unicode: unicode))
  }

  func text(_ size: Size? = nil) -> String {
    let screen = screen(size)
    return (0..<screen.size.rows).map { screen.text(row: $0) }.joined(separator: "\n")
  }
}
