import Model

extension Canvas {
  /// The plan's figures: exact, predicted, measured; three looks that are never mixed up.
  mutating func drawPlan(_ state: WorkbenchState, _ session: Session, _ layout: Layout) {
    rule(row: layout.ruleRow, 0..<layout.size.columns)
    let rows = layout.plan.rows
    let end = layout.size.columns - 1
    put("plan", 1, rows.lowerBound, Style(.accent, .bold))
    put(exactLine(state, session), Self.figureColumn, rows.lowerBound, end: end)
    put("predicted", 1, rows.lowerBound + 1, Style(.predicted, .dim))
    var row = rows.lowerBound + 1
    var predicted = predictedLine(session)
    let record = recordLine(session)
    if Layout.hasRecordRow(state, layout.size) {
      row += 1
      put(record, Self.figureColumn, row, end: end)
    } else {
      for part in record.parts { predicted.add(part) }
    }
    put(predicted, Self.figureColumn, rows.lowerBound + 1, end: end)
    row += 1
    let quality = MeasuredQuality(state, session)
    put(quality.label.text, 1, row, quality.label.style)
    let gap = layout.size.columns < 100 ? 2 : 3
    let figures = quality.figures(columns: layout.size.columns, gap: gap)
    put(figures, Self.figureColumn, row, end: end)
    guard row + 1 < rows.upperBound else { return }
    // Figures that had no room stand between what must be known about them and their source.
    var source = Line(gap: gap)
    let parts = quality.source(now: state.now).parts
    for part in parts where part.rank == 0 { source.add(part) }
    for part in figures.split(end - Self.figureColumn).left {
      source.add(Line.Part(spans: part.spans, rank: part.rank + 1))
    }
    for part in parts where part.rank > 0 { source.add(part) }
    put(source, Self.figureColumn, row + 1, end: end)
  }

  /// Where the figures start, behind their labels.
  private static let figureColumn = 11

  private func exactLine(_ state: WorkbenchState, _ session: Session) -> Line {
    let ledger = session.ledger
    let baseline = session.baseline
    var line = Line(gap: screen.size.columns < 100 ? 2 : 3)
    let change = (ledger.remaining - 1) * 100
    line.add(
      0, Span("memory ", .muted), Span(Figure.bytes(ledger.bytes), .text, .bold),
      Span(session.isPlanEmpty ? " as stored" : " (\(Figure.signed(change, 1)) %)", .text))
    if !session.isPlanEmpty {
      line.add(
        4, Span(Figure.bytes(baseline.bytes - ledger.bytes), .text), Span(" less", .muted))
    }
    line.add(
      1, Span("experts ", .muted), Span("\(ledger.keptExperts)/\(ledger.experts)", .text),
      Span(" kept", .muted))
    line.add(
      2, Span("bits ", .muted), Span(Figure.fixed(ledger.averageBits, 2), .text),
      Span(" average", .muted))
    line.add(
      5, Span(Figure.fixed(ledger.storedBitsPerWeight, 2), .text), Span(" with scales", .muted))
    line.add(
      3, Span("active ", .muted), Span(Figure.count(Double(ledger.activeParameters)), .text),
      Span(" weights/token", .muted))
    let edits = session.plan.steps.count
    if edits > 0 {
      let text = edits == 1 ? "1 edit" : "\(edits) edits"
      line.add(
        6, Span(text, .muted),
        session.isUnsaved ? Span(", not saved", .warning) : Span(", saved", .good))
    }
    return line
  }

  /// The predicted figures: dim, with `~` and their standard error.
  private func predictedLine(_ session: Session) -> Line {
    var line = Line()
    let style = Style(.predicted, .dim)
    if session.isPlanEmpty {
      line.add(0, Span("~ KL 0 nats: nothing is changed yet", style))
    } else if let prediction = session.prediction {
      addFigures(prediction, style, to: &line)
    } else {
      line.add(0, Span("follows when another plan was measured", style))
    }
    return line
  }

  /// What the prediction rests on, and how well earlier ones have held.
  private func recordLine(_ session: Session) -> Line {
    var line = Line(gap: 2)
    let style = Style(.predicted, .dim)
    if !session.isPlanEmpty, let prediction = session.prediction {
      let count = prediction.measurements
      let plans = "\(count) measured \(count == 1 ? "plan" : "plans")"
      line.add(
        3,
        Span(prediction.source == .sweep ? "from the sweep and \(plans)" : "from \(plans)", style))
    }
    if let record = session.record, record.plans > 0 {
      line.add(
        4,
        Span("\(record.inside) of \(record.plans) measured plans in their 90 % interval", style))
      if let correlation = record.rankCorrelation {
        line.add(5, Span("rank correlation \(Figure.fixed(correlation, 2))", style))
      }
    }
    return line
  }

  private func addFigures(_ prediction: Prediction, _ style: Style, to line: inout Line) {
    let plusMinus = look.plusMinus
    line.add(
      0,
      Span(
        "~ KL \(Figure.significant(prediction.kl)) \(plusMinus)"
          + " \(Figure.significant(prediction.sigma)) nats", style))
    line.add(
      1,
      Span(
        "~ perplexity \(Figure.perplexity(prediction.perplexity)) \(plusMinus)"
          + " \(Figure.significant(prediction.perplexitySigma))", style))
    for task in prediction.tasks.prefix(1) {
      line.add(
        2,
        Span(
          "~ \(task.name) \(Figure.percent(task.accuracy, 0)) \(plusMinus)"
            + " \(Figure.fixed(100 * task.sigma, 0))", style))
    }
  }
}
