import EngineProtocol
import Model

extension Canvas {
  /// The row above the footer: a message, else what the engine does.
  mutating func drawStatus(_ state: WorkbenchState, _ layout: Layout) {
    if let toast = state.toast, state.context == .front || state.mode == .browse {
      return drawToast(toast, layout)
    }
    let row = layout.statusRow
    let end = layout.size.columns - 1
    if let job = state.engine.current, job.purpose == .search, let search = state.session?.search {
      drawSearching(search, job, state, row, end)
    } else if let job = state.engine.current {
      drawProgress(job, state, row, end)
    } else {
      put(idleLine(state), 1, row, end: end)
    }
  }

  /// A message, growing upwards over the plan's figures where it is long.
  private mutating func drawToast(_ toast: Toast, _ layout: Layout) {
    let style =
      switch toast.tone {
      case .info: Style(.text)
      case .good: Style(.good, .bold)
      case .warning: Style(.warning, .bold)
      case .bad: Style(.bad, .bold)
      }
    drawMessage(toast.text, style, bottom: layout.statusRow, layout)
  }

  /// A text whose last line stands on row `bottom`.
  mutating func drawMessage(_ text: String, _ style: Style, bottom: Int, _ layout: Layout) {
    let lines = wrapped(text, width: layout.size.columns - 2).prefix(4)
    let top = bottom - lines.count + 1
    clear(Rectangle(columns: 0..<layout.size.columns, rows: span(top, bottom + 1)))
    for (index, line) in lines.enumerated() { put(line, 1, top + index, style) }
  }

  private mutating func drawProgress(
    _ job: EngineState.Job, _ state: WorkbenchState, _ row: Int, _ end: Int
  ) {
    let title =
      switch job.purpose {
      case .profile: "calibrating"
      case .evaluation(let plan):
        plan == state.session?.emptyDigest ? "measuring the original" : "measuring the plan"
      case .sweep: "sweeping"
      case .search: "searching"
      }
    let place = put(title, 1, row, Style(.accent)) + 2
    guard let progress = job.progress else {
      put("asked the engine …", place, row, Style(.muted), end: end)
      return
    }
    put(progressLine(progress), drawGauge(progress, place, row), row, end: end)
  }

  /// Draws how much is done and returns the column behind it.
  private mutating func drawGauge(_ progress: JobProgress, _ place: Int, _ row: Int) -> Int {
    let width = min(30, max(10, screen.size.columns / 6))
    for column in place..<place + width { put("·", column, row, Style(.line)) }
    put(look.gauge(progress.fraction, width: width), place, row, Style(.accent))
    return place + width + 1
  }

  /// A search: its generation and the best plan so far.
  private mutating func drawSearching(
    _ search: SearchState, _ job: EngineState.Job, _ state: WorkbenchState, _ row: Int, _ end: Int
  ) {
    var place = put(
      search.isPaused ? "search paused" : "searching", 1, row,
      Style(search.isPaused ? .warning : .accent))
    place += 2
    if let best = search.best {
      if let progress = job.progress { place = drawGauge(progress, place, row) }
      put(searchLine(search, best, job, isFront: state.context == .front), place, row, end: end)
    } else if let progress = job.progress {
      put(progressLine(progress), drawGauge(progress, place, row), row, end: end)
    } else {
      let waits = state.engine.sweep == nil ? "asked the engine …" : "waits for the sweep"
      put(waits, place, row, Style(.muted), end: end)
    }
  }

  private func searchLine(
    _ search: SearchState, _ best: FrontPlan, _ job: EngineState.Job, isFront: Bool
  ) -> Line {
    var line = Line(gap: 2)
    let total = job.progress.map { " of \($0.total)" } ?? ""
    line.add(2, Span("generation \(search.generation)\(total)", .muted))
    line.add(
      0, Span("best ", .muted), klSpan(best.point),
      Span(" in \(Figure.bytes(best.point.bytes))", .text))
    line.add(4, Span(measuredPlans(search), .muted))
    if !isFront { line.add(3, Span("F shows the front", .muted)) }
    return line
  }

  /// The KL of a plan of the front, as measured figures look or as predicted ones.
  func klSpan(_ point: FrontPoint) -> Span {
    if let measured = point.measured {
      return Span("KL \(Figure.significant(measured))", .measured, .bold)
    }
    return Span("~ KL \(Figure.significant(point.kl))", .predicted, .dim)
  }

  private func progressLine(_ progress: JobProgress) -> Line {
    var line = Line(gap: 2)
    line.add(0, Span(Figure.percent(progress.fraction, 0), .text))
    line.add(1, Span(progress.stage, .muted))
    if progress.total > 0 {
      line.add(
        3,
        Span(
          "\(Figure.count(Double(progress.completed))) of"
            + " \(Figure.count(Double(progress.total))) \(progress.unit)", .muted))
    }
    if progress.rate > 0, progress.rate.isFinite {
      line.add(4, Span("\(Figure.count(progress.rate)) \(progress.unit)/s", .muted))
    }
    if let speed = progress.bytesPerSecond, speed.isFinite, speed < 1e15 {
      line.add(5, Span("\(Figure.bytes(Int(speed)))/s of weights", .muted))
    }
    if let left = progress.secondsLeft, left > 0 {
      line.add(2, Span("\(Figure.duration(seconds: left)) left", .muted))
    }
    return line
  }

  private func idleLine(_ state: WorkbenchState) -> Line {
    var line = Line()
    switch state.engine.phase {
    case .starting: line.add(0, Span("starting the engine …", .muted))
    case .opening: line.add(0, Span("opening \(state.modelPath) …", .muted))
    case .refused(let reason): line.add(0, Span(reason, .bad))
    case .stopped(let reason):
      line.add(0, Span("the engine stopped (\(reason)); R starts it again", .bad))
    case .ready:
      if let problem = state.session?.profileProblem {
        line.add(0, Span("no scores: \(problem)", .warning))
      }
      if let engine = state.engine.description {
        line.add(
          1,
          Span(
            "engine \(engine.version) idle, \(engine.hardware.cores)"
              + " \(engine.hardware.cores == 1 ? "core" : "cores"),"
              + " \(engine.hardware.blasKernels) kernels", .muted))
      }
      if state.session?.search?.best != nil {
        line.add(2, Span("F shows what the search found", .muted))
      } else if state.session?.isPlanEmpty == true {
        line.add(2, Span("space drops the expert under the cursor", .muted))
      }
    }
    return line
  }
}
