import Model

extension Canvas {
  /// What the cursor is on: a title, then figures in as many columns as fit.
  mutating func drawDetails(_ state: WorkbenchState, _ session: Session, _ layout: Layout) {
    guard let area = layout.details, !area.isEmpty else { return }
    let isMap = state.view == .experts
    let title = isMap ? state.expertTitle(session) : state.layerTitle(session)
    let fields = isMap ? state.expertFields(session) : state.layerFields(session)
    let left = area.columns.lowerBound + 1
    let end = area.columns.upperBound - 1
    var place = left
    var row = area.rows.lowerBound
    for span in title {
      let isTooLong = place + span.text.unicodeScalars.count > end
      if isTooLong, place > left, area.height > 4, row == area.rows.lowerBound {
        (place, row) = (left, row + 1)
      }
      place = put(span.text, place, row, span.style, end: end)
    }
    if area.height == 1 {
      drawOnOneLine(fields, place + 3, row, end)
    } else {
      drawInColumns(
        fields, Rectangle(columns: area.columns, rows: span(row + 1, area.rows.upperBound)))
    }
  }

  private mutating func drawOnOneLine(
    _ fields: [DetailField], _ column: Int, _ row: Int, _ end: Int
  ) {
    var line = Line()
    for (index, field) in fields.enumerated() {
      line.add(index + 1, Span("\(field.label) ", .muted), Span(field.value, field.role))
    }
    put(line, column, row, end: end)
  }

  private mutating func drawInColumns(
    _ fields: [DetailField], _ area: Rectangle
  ) {
    let rows = area.height
    guard rows > 0 else { return }
    let columns = max(1, min(area.width / Layout.fieldWidth, (fields.count + rows - 1) / rows))
    let width = area.width / columns
    for (index, field) in fields.prefix(columns * rows).enumerated() {
      let left = area.columns.lowerBound + index / rows * width
      draw(field, left + 1, area.rows.lowerBound + index % rows, end: left + width - 1)
    }
  }

  private static let labelWidth = 14
  private static let barWidth = 12

  private mutating func draw(_ field: DetailField, _ column: Int, _ row: Int, end: Int) {
    let label = field.label.unicodeScalars.prefix(Self.labelWidth)
    put(String(String.UnicodeScalarView(label)), column, row, Style(.muted), end: end)
    var place = column + Self.labelWidth
    if let bar = field.bar {
      put(look.gauge(bar, width: Self.barWidth), place, row, Style(.muted), end: end)
      place += Self.barWidth + 1
    }
    place = put(field.value, place, row, Style(field.role), end: end)
    if place + 2 + field.note.unicodeScalars.count <= end {
      put(field.note, place + 2, row, Style(field.role == .warning ? .warning : .muted), end: end)
    }
  }

  /// The quality of the plan on each domain, where the screen has room for it.
  mutating func drawDomains(_ state: WorkbenchState, _ session: Session, _ layout: Layout) {
    let quality = MeasuredQuality(state, session)
    guard let area = layout.domains, let evaluation = quality.evaluation else { return }
    let original = quality.isOriginal ? nil : session.measurements[session.emptyDigest]?.evaluation
    let left = area.columns.lowerBound + 1
    let row = area.rows.lowerBound + 1
    let ends = [30, 41, 51, 62].map { left + $0 }
    put("by domain" + quality.note, left, row, quality.noteStyle)
    // The untouched model is its own original.
    let titles = ["perplexity", "original", "KL nats", "same top"]
    for (title, end) in zip(titles.prefix(quality.isOriginal ? 1 : 4), ends) {
      putRight(title, end: end, row, Style(.muted))
    }
    for (index, domain) in evaluation.domains.prefix(area.height - 2).enumerated() {
      let row = row + 1 + index
      put(domain.name, left, row, Style(.text), end: ends[0] - 9)
      putRight(Figure.perplexity(domain.perplexity), end: ends[0], row, quality.figureStyle)
      if quality.isOriginal { continue }
      let before = original?.domains.first { $0.name == domain.name }
      putRight(
        before.map { Figure.perplexity($0.perplexity) } ?? Figure.missing, end: ends[1], row,
        Style(.muted))
      putRight(Figure.significant(domain.kl), end: ends[2], row, quality.figureStyle)
      putRight(Figure.percent(domain.top1Agreement), end: ends[3], row, quality.figureStyle)
    }
  }
}
