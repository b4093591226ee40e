import EngineProtocol
import Model

/// What is known by measuring: of the plan, of a part of the data, or of an earlier plan.
struct MeasuredQuality {
  private enum Kind { case measured, original, partial, stale, nothing }

  private let kind: Kind
  /// The figures, where there are any.
  let evaluation: Evaluation?
  private let baseline: Evaluation?
  private let arrived: Int?
  private let problem: String?

  init(_ state: WorkbenchState, _ session: Session) {
    let measurements = session.measurements
    let own = measurements[session.digest]
    let shown = session.shownMeasurement
    let running = state.engine.evaluation
    let isRunning = running?.purpose == .evaluation(session.digest)
    if isRunning, let partial = running?.progress?.partial {
      kind = .partial
      evaluation = partial
    } else if own != nil {
      kind = session.isPlanEmpty ? .original : .measured
      evaluation = own?.evaluation
    } else {
      kind = shown == nil ? .nothing : .stale
      evaluation = shown?.evaluation
    }
    arrived = shown?.arrived
    baseline = session.isPlanEmpty ? nil : measurements[session.emptyDigest]?.evaluation
    problem = Self.problem(state, session)
  }

  /// Why the plan has no figures of its own.
  private static func problem(_ state: WorkbenchState, _ session: Session) -> String? {
    guard session.measurements[session.digest] == nil else { return nil }
    if let failure = session.measurements.failures[session.digest] {
      return "measuring failed: \(failure); e tries again"
    }
    if session.measurements.stopped.contains(session.digest) {
      return "measuring was stopped; e measures"
    }
    if !session.hasWeights { return "no weights, only a config.json: sizes are exact" }
    if let lacking = state.engine.lacks("evaluate") { return lacking }
    switch state.engine.phase {
    case .refused, .stopped: return "the engine has stopped; R starts it again"
    case .starting, .opening: return "the engine is starting"
    case .ready: return nil
    }
  }

  var label: Span {
    switch kind {
    case .measured: Span("measured", .measured, .bold)
    case .original: Span("original", .measured, .bold)
    case .partial: Span("measuring", .accent)
    case .stale: Span("stale", .warning, .bold)
    case .nothing: Span("measured", .muted)
    }
  }

  /// Perplexity, KL, agreement and tasks; without intervals where there is no room for them.
  func figures(columns: Int, gap: Int) -> Line {
    let isBrief = columns < 72
    var line = Line(gap: gap)
    guard let evaluation else {
      line.add(0, Span(problem ?? "not measured yet", .muted))
      return line
    }
    let all = evaluation.overall
    line.add(
      0, Span("perplexity ", .muted), figure(Figure.perplexity(all.perplexity)),
      Span(isBrief ? "" : interval(all.perplexityInterval), .muted),
      change(all.perplexity, \.overall.perplexity))
    if kind != .original {
      line.add(
        1, Span("KL ", .muted), figure(Figure.significant(all.kl)),
        Span((isBrief ? "" : interval(all.klInterval)) + " nats", .muted))
    }
    for (index, task) in evaluation.tasks.enumerated() {
      line.add(part(of: task, rank: index == 0 ? 2 : 4, isBrief: columns < 130))
    }
    if kind != .original {
      line.add(
        3, Span("same top token ", .muted), figure(Figure.percent(all.top1Agreement)))
    }
    return line
  }

  /// A task's share with its interval, and its change in points; normalised where there are choices.
  private func part(of task: TaskEvaluation, rank: Int, isBrief: Bool) -> Line.Part {
    let share = task.normalizedAccuracy ?? task.accuracy
    let range = task.normalizedAccuracyInterval ?? task.accuracyInterval
    let before = baseline?.tasks.first { $0.name == task.name }
    let points = before.map { (share - ($0.normalizedAccuracy ?? $0.accuracy)) * 100 }
    let bounds = "[\(Figure.fixed(range.low * 100, 1)), \(Figure.fixed(range.high * 100, 1))]"
    return Line.Part(
      spans: [
        Span("\(task.name) ", .muted), figure(Figure.percent(share)),
        Span(isBrief ? "" : " \(bounds)", .muted),
        Span(points.map { " \(Figure.signed($0, 1))" } ?? "", .muted),
        Span(task.isMultipleChoice ? " normalised" : " exact", .muted),
      ], rank: rank)
  }

  /// Data and age of the figures, and why there are no newer ones.
  func source(now: Int) -> Line {
    var line = Line()
    guard let evaluation else { return line }
    switch kind {
    case .stale: line.add(0, Span("of an earlier plan", .warning))
    case .partial:
      line.add(0, Span("on \(Figure.percent(evaluation.fraction, 0)) of the data", .accent))
    default: break
    }
    if let problem { line.add(0, Span(problem, .warning)) }
    if let first = evaluation.notes.first {
      let others = evaluation.notes.count - 1
      line.add(1, Span(first + (others > 0 ? " (and \(others) more)" : ""), .warning))
    }
    let domains = evaluation.domains.count
    line.add(
      7,
      Span(
        "95 % intervals; \(domains) \(domains == 1 ? "domain" : "domains"),"
          + " \(Figure.count(Double(evaluation.overall.tokens))) tokens",
        .muted))
    if kind != .partial {
      line.add(8, Span("took \(Figure.duration(seconds: evaluation.seconds))", .muted))
      if let arrived { line.add(2, Span(Figure.age(milliseconds: now - arrived), .muted)) }
    }
    return line
  }

  /// Whether the figures are those of the untouched model, and the plan leaves it so.
  var isOriginal: Bool { kind == .original }

  /// The look of figures of this kind.
  var figureStyle: Style {
    switch kind {
    case .measured, .original: Style(.measured, .bold)
    case .partial: Style(.accent)
    case .stale, .nothing: Style(.muted)
    }
  }

  /// What to know about figures in a table, behind its title.
  var note: String {
    switch kind {
    case .stale: " (stale)"
    case .partial: " (so far)"
    case .measured, .original, .nothing: ""
    }
  }

  /// The look of the title and its note.
  var noteStyle: Style { Style(kind == .stale ? .warning : kind == .partial ? .accent : .muted) }

  private func figure(_ text: String) -> Span { Span(text, figureStyle) }

  private func interval(_ interval: Interval) -> String {
    " [\(Figure.significant(interval.low)), \(Figure.significant(interval.high))]"
  }

  private func change(_ value: Double, _ path: KeyPath<Evaluation, Double>) -> Span {
    // Part of the windows cannot be held against all of them.
    guard let baseline, kind != .original, kind != .partial else { return Span("") }
    let change = value - baseline[keyPath: path]
    return Span(" " + Figure.signed(change, value < 99.95 ? 2 : 0), .text)
  }
}
