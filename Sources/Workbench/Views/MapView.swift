import Model

extension Canvas {
  /// The expert map with its legend, numbers and labels.
  mutating func drawMap(_ state: WorkbenchState, _ session: Session, _ layout: Layout) {
    guard let map = layout.map else { return }
    drawLegend(state, session, layout)
    drawColumnNumbers(state, map)
    let cells = MapCells(state, session, map, look)
    for block in map.blocks {
      drawLabel(block, state, session, map)
      if session.spec.blocks[block].moe == nil {
        drawDense(block, state, session, map)
      } else {
        for expert in map.experts where expert < session.spec.blocks[block].expertCount {
          cells.draw(block, expert, on: &self)
        }
      }
      drawFlags(session.choices.blocks[block], map.row(of: block), map, layout)
      drawSpark(block, session, map)
    }
    drawSeparator(state, layout, scrollText(state, session, map))
  }

  private mutating func drawLegend(
    _ state: WorkbenchState, _ session: Session, _ layout: Layout
  ) {
    let width = layout.size.columns
    guard let heat = session.heat, let extent = heat.extent else {
      put(" experts", 0, 1, Style(.accent, .bold))
      put(session.profileProblem == nil ? "scores follow" : "no scores", 10, 1, Style(.muted))
      return
    }
    let metric = heat.metric
    var scale = Line(gap: 1)
    scale.add(0, Span(metric.text(extent.low), .text))
    let step = width >= 100 ? 2 : 1
    var shades = Line.Part(spans: [], rank: 0)
    for level in 0..<UInt8(Paint.heatLevels) {
      let mark = look.hasHeat ? " " : String(Character(look.density(level)))
      shades.spans.append(Span(String(repeating: mark, count: step), look.heat(level)))
    }
    scale.add(shades)
    scale.add(0, Span(metric.text(extent.high) + metric.unit, .text))
    scale.add(1, Span("(median \(metric.text(extent.median)))", .muted))
    scale.add(0, Span(" \(heat.scale.rawValue) scale", .muted))
    let right = scale.fitting(width - metric.title.count - 6)
    let used = right.reduce(right.count - 1) { $0 + $1.width }
    let start = width - used - 1
    put(scale, start, 1, end: width)
    var title = Line(gap: 2)
    title.add(0, Span(metric.title, .accent, .bold))
    title.add(1, Span(metric.explanation, .muted))
    put(title, 1, 1, end: start - 2)
  }

  private mutating func drawColumnNumbers(_ state: WorkbenchState, _ map: MapLayout) {
    let row = map.top - 1
    put("block", 0, row, Style(.muted))
    putRight("kept", end: map.left - 2, row, Style(.muted))
    guard !map.experts.isEmpty else { return }
    let step = map.cellWidth == 3 ? 1 : map.cellWidth == 2 ? 2 : 8
    func place(_ expert: Int) -> Range<Int> {
      let text = "\(expert)"
      let center = map.column(of: expert) + (map.cellWidth == 3 && text.count < 3 ? 1 : 0)
      let start = map.cellWidth == 3 && text.count == 2 ? center - 1 : center
      return start..<start + text.count
    }
    let cursor = min(max(state.expert, map.experts.lowerBound), map.experts.upperBound - 1)
    let lit = place(cursor)
    for expert in map.experts where expert.isMultiple(of: step) && expert != cursor {
      let columns = place(expert)
      guard !columns.overlaps(lit.lowerBound - 1..<lit.upperBound + 1) || map.cellWidth > 1,
        columns.upperBound <= map.flags.upperBound
      else { continue }
      put("\(expert)", columns.lowerBound, row, Style(.muted))
    }
    put("\(cursor)", lit.lowerBound, row, Style(.accent, .bold))
    if let spark = map.spark { put("sorted", spark, row, Style(.muted)) }
  }

  private mutating func drawLabel(
    _ block: Int, _ state: WorkbenchState, _ session: Session, _ map: MapLayout
  ) {
    let row = map.row(of: block)
    let isCursor = block == state.block
    let digits = MapLayout.digits(session.spec.blocks.count - 1)
    let style = isCursor ? Style(.accent, .bold) : Style(.muted)
    if isCursor { put("▸", 0, row, style) }
    putRight("\(block)", end: 1 + digits, row, style)
    let end = map.left - 2
    guard let moe = session.spec.blocks[block].moe else {
      return putRight("dense", end: end, row, Style(.muted))
    }
    let choice = session.choices.blocks[block]
    let kept = choice.keepsFeedForward ? choice.keptExperts : 0
    let whole = kept == moe.experts
    putRight("\(kept)/\(moe.experts)", end: end, row, Style(whole ? .muted : .text))
  }

  private mutating func drawDense(
    _ block: Int, _ state: WorkbenchState, _ session: Session, _ map: MapLayout
  ) {
    let row = map.row(of: block)
    let precisions = session.choices.blocks[block].feedForward.map(\.precision)
    let bits = Set(precisions).count == 1 ? precisions.first?.bits.map { "\($0) bits" } : "mixed"
    let text = "one network for every token" + (bits.map { ", \($0)" } ?? "")
    put(
      text, map.left, row, block == state.block ? look.cursor : Style(.muted),
      end: map.flags.lowerBound)
  }

  /// What is switched off in a block as a whole.
  private mutating func drawFlags(
    _ choice: BlockChoices, _ row: Int, _ map: MapLayout, _ layout: Layout
  ) {
    let isNarrow = map.flags.count < 7
    let text: String
    if choice.blockDropped {
      text = isNarrow ? "b×" : "block×"
    } else {
      switch (choice.attentionDropped, choice.moeDropped) {
      case (true, true): text = isNarrow ? "am" : "a,MoE×"
      case (true, false): text = isNarrow ? "a×" : "attn×"
      case (false, true): text = isNarrow ? "m×" : "MoE×"
      case (false, false): return
      }
    }
    put(text, map.flags.lowerBound + 1, row, Style(.dropped, .bold))
  }

  private mutating func drawSpark(_ block: Int, _ session: Session, _ map: MapLayout) {
    guard let spark = map.spark, let heat = session.heat, !heat.metric.isPerBlock else { return }
    for cell in 0..<HeatMap.sparkWidth {
      put(look.spark(heat.spark(block, cell)), spark + cell, map.row(of: block), Style(.muted))
    }
  }

  private func scrollText(_ state: WorkbenchState, _ session: Session, _ map: MapLayout) -> String {
    var parts: [String] = []
    if map.blocks.count < session.spec.blocks.count {
      parts.append(
        "blocks \(map.blocks.lowerBound)–\(map.blocks.upperBound - 1)"
          + " of \(session.spec.blocks.count)")
    }
    if map.experts.count < session.spec.maximumExperts {
      parts.append(
        "experts \(map.experts.lowerBound)–\(map.experts.upperBound - 1)"
          + " of \(session.spec.maximumExperts)")
    }
    return parts.joined(separator: ", ")
  }

  /// The line under the map or table: what is marked, and which part is on screen.
  mutating func drawSeparator(_ state: WorkbenchState, _ layout: Layout, _ scroll: String) {
    guard let line = layout.separator else { return }
    let row = line.rows.lowerBound
    rule(row: row, line.columns)
    if let marked = state.markedText {
      put(" \(marked) ", 2, row, Style(.accent, .bold))
    }
    if !scroll.isEmpty {
      putRight(" \(scroll) ", end: line.columns.upperBound - 2, row, Style(.muted))
    }
  }
}
