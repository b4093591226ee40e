import EngineProtocol
import Model

/// Where the parts of the front are.
struct FrontLayout {
  /// Columns of the list.
  static let listWidth = 58
  /// Least room for the picture.
  private static let plotSize = Size(columns: 36, rows: 10)
  /// Rows above the list: title, explanation, heads of the columns.
  private static let headRows = 3

  let area: Rectangle
  let list: Rectangle
  let plot: Rectangle?

  init(_ layout: Layout, plans: Int) {
    area = Rectangle(columns: 0..<layout.size.columns, rows: span(1, layout.ruleRow))
    let top = area.rows.lowerBound + Self.headRows
    let rows = span(top, area.rows.upperBound)
    if area.width - Self.listWidth >= Self.plotSize.columns, rows.count >= Self.plotSize.rows {
      list = Rectangle(columns: 0..<Self.listWidth, rows: rows)
      plot = Rectangle(columns: Self.listWidth..<area.width - 1, rows: top - 1..<rows.upperBound)
      return
    }
    let isBelow = rows.count - plans - 1 >= Self.plotSize.rows
    let end = isBelow ? top + plans : rows.upperBound
    list = Rectangle(columns: 0..<min(area.width, Self.listWidth), rows: span(top, end))
    plot =
      isBelow && plans > 0
      ? Rectangle(columns: 0..<area.width - 1, rows: end + 1..<rows.upperBound) : nil
  }
}

extension Canvas {
  /// What a search has found, over the view.
  mutating func drawFront(_ state: WorkbenchState, _ layout: Layout) {
    guard let search = state.session?.search else { return }
    let front = FrontLayout(layout, plans: search.front.count)
    clear(front.area)
    let end = front.area.columns.upperBound - 1
    put(frontTitle(search, state), 1, front.area.rows.lowerBound, end: end)
    guard !search.front.isEmpty else {
      put(emptyFront(search), 1, front.list.rows.lowerBound, Style(.muted), end: end)
      return
    }
    var note = Line(gap: 1)
    note.add(0, Span("KL on calibration texts:", .muted), Span(" measured", .measured, .bold))
    note.add(0, Span("or", .muted), Span(" ~ predicted", .predicted, .dim))
    note.add(1, Span("\(look.plusMinus) its error", .predicted, .dim))
    note.add(2, Span("· ◆ best within the goal", .muted))
    put(note, 1, front.area.rows.lowerBound + 1, end: end)
    drawFrontList(search, state.frontCursor, front.list)
    if let plot = front.plot {
      FrontPlot(search, cursor: state.frontCursor, in: plot).draw(on: &self)
    }
  }

  private func frontTitle(_ search: SearchState, _ state: WorkbenchState) -> Line {
    var line = Line()
    line.add(0, Span("Front: \(search.goal.words)", .accent, .bold))
    switch search.phase {
    case .asked: line.add(1, Span("waits for the engine", .muted))
    case .running where search.isPaused: line.add(0, Span("paused", .warning, .bold))
    case .running: line.add(1, Span("searching", .accent))
    case .stopped: line.add(1, Span("stopped", .warning))
    case .failed: line.add(0, Span("failed", .bad, .bold))
    case .finished: line.add(1, Span("done", .good, .bold))
    }
    let total = state.engine.search?.progress.map { " of \($0.total)" } ?? ""
    line.add(
      2, Span("generation \(search.generation)\(search.phase == .running ? total : "")", .muted))
    line.add(3, Span(measuredPlans(search), .muted))
    return line
  }

  /// How many plans were measured, as a person reads it.
  func measuredPlans(_ search: SearchState) -> String {
    let count = Figure.count(Double(search.measurements))
    return search.measurements == 1 ? "1 plan measured" : "\(count) plans measured"
  }

  private func emptyFront(_ search: SearchState) -> String {
    switch search.phase {
    case .asked, .running: "no plan was found yet: what single changes cost is measured first"
    case .stopped: "the search was stopped before it found a plan"
    case .failed(let reason): reason
    case .finished: "no plan was found"
    }
  }

  // MARK: - List

  private mutating func drawFrontList(_ search: SearchState, _ cursor: Int?, _ area: Rectangle) {
    let head = area.rows.lowerBound - 1
    putRight("memory", end: 14, head, Style(.muted))
    put("KL, nats", 17, head, Style(.muted))
    putRight("goal", end: area.width - 1, head, Style(.muted))
    let rows = area.height
    let first = min(max(0, (cursor ?? 0) - rows / 2), max(0, search.front.count - rows))
    for (offset, plan) in search.front.dropFirst(first).prefix(rows).enumerated() {
      let row = area.rows.lowerBound + offset
      let isSelected = first + offset == cursor
      draw(plan, isBest: plan == search.best, isSelected: isSelected, row, end: area.width - 1)
    }
  }

  private mutating func draw(
    _ plan: FrontPlan, isBest: Bool, isSelected: Bool, _ row: Int, end: Int
  ) {
    let point = plan.point
    func style(_ plain: Style) -> Style { isSelected ? look.cursor : plain }
    if isSelected { clear(Rectangle(columns: 1..<end + 1, rows: row..<row + 1), look.cursor) }
    if isSelected { put("▸", 1, row, look.cursor) }
    if isBest { put("◆", 3, row, style(Style(.good, .bold))) }
    putRight(Figure.bytes(point.bytes), end: 14, row, style(Style(.text)))
    if let measured = point.measured {
      put("  \(Figure.significant(measured))", 15, row, style(Style(.measured, .bold)), end: 40)
    } else {
      put(
        "~ \(Figure.significant(point.kl)) \(look.plusMinus) \(Figure.significant(point.sigma))",
        15, row, style(Style(.predicted, .dim)), end: 40)
    }
    guard let margin = plan.margin else { return }
    putRight(margin.text, end: end, row, style(Style(margin.isKept ? .text : .muted)))
  }
}
