import Model

/// Draws the workbench: the same state, size and capabilities give the same frame.
public func render(
  _ state: WorkbenchState, size: Size, capabilities: Capabilities
) -> Screen {
  var canvas = Canvas(size: size, look: Look(capabilities))
  let layout = Layout(state, size: size)
  if layout.isTooSmall {
    canvas.drawTooSmall(state)
    return canvas.screen
  }
  canvas.drawTabs(state, layout)
  if let session = state.session {
    switch state.view {
    case .experts: canvas.drawMap(state, session, layout)
    case .layers: canvas.drawLayers(state, session, layout)
    }
    canvas.drawDetails(state, session, layout)
    canvas.drawDomains(state, session, layout)
    canvas.drawPlan(state, session, layout)
  } else {
    canvas.drawOpening(state, layout)
  }
  if case .front = state.mode { canvas.drawFront(state, layout) }
  canvas.drawStatus(state, layout)
  canvas.drawFooter(layout)
  switch state.mode {
  case .browse, .front: break
  case .help(let scroll): canvas.drawHelp(state, layout, scroll: scroll)
  case .prompt(let prompt): canvas.drawPrompt(prompt, layout)
  case .question(let question): canvas.drawQuestion(question, state, layout)
  }
  return canvas.screen
}

extension Canvas {
  /// What stands where nothing else fits.
  mutating func drawTooSmall(_ state: WorkbenchState) {
    let least = Layout.least
    let size = screen.size
    var lines = [
      "The terminal is \(size.columns)×\(size.rows).",
      "Lathe needs \(least.columns)×\(least.rows).",
      "Make it larger, or q to leave.",
    ]
    if state.mode == .question(.quit) {
      lines = [
        "Edits are not saved.", "q again leaves without", "saving; a larger window", "saves.",
      ]
    }
    for (row, line) in lines.enumerated() { put(line, 0, row) }
  }

  /// The first row: views, model, engine.
  mutating func drawTabs(_ state: WorkbenchState, _ layout: Layout) {
    let width = layout.size.columns
    clear(Rectangle(columns: 0..<width, rows: 0..<1), look.bar)
    put(" lathe", 0, 0, look.barAccent)
    for (view, columns) in layout.tabs {
      let isOpen = view == state.view
      let style = isOpen ? look.openTab : look.bar
      put(" \(view.rawValue) \(view.title) ", columns.lowerBound, 0, style)
    }
    let start = (layout.tabs.last?.columns.upperBound ?? 0) + 2
    let (mark, role) = engineMark(state)
    let engine = " \(mark) "
    putRight(
      engine, end: width, 0, Style(.role(role), on: .role(.bar), role == .bad ? .bold : []))
    let line = modelLine(state)
    let room = width - engine.unicodeScalars.count - start
    let parts = line.fitting(room)
    let used = parts.reduce(line.gap * max(0, parts.count - 1)) { $0 + $1.width }
    put(line, max(start, width - engine.unicodeScalars.count - used - 1), 0, end: start + room)
  }

  private func modelLine(_ state: WorkbenchState) -> Line {
    var line = Line(gap: 2)
    guard let session = state.session else {
      line.add(0, Span(state.modelPath, look.bar))
      return line
    }
    let spec = session.spec
    line.add(0, Span(spec.name, Style(.role(.text), on: .role(.bar), .bold)))
    if spec.family != spec.name { line.add(3, Span(spec.family, look.barMuted)) }
    line.add(
      2, Span("\(spec.blocks.count) blocks × \(spec.maximumExperts) experts", look.barMuted))
    if let moe = spec.blocks.lazy.compactMap(\.moe).first {
      line.add(4, Span("\(moe.router.expertsPerToken) per token", look.barMuted))
    }
    line.add(
      5, Span("\(Figure.count(Double(session.baseline.parameters))) weights", look.barMuted))
    return line
  }

  private func engineMark(_ state: WorkbenchState) -> (String, Paint.Role) {
    switch state.engine.phase {
    case .starting, .opening: ("○ starting", .warning)
    case .refused, .stopped: ("! engine stopped", .bad)
    case .ready:
      state.engine.current == nil
        ? ("● ready", .good) : state.isResting ? ("● paused", .warning) : ("● working", .accent)
    }
  }

  /// What stands in the middle while no model is open.
  mutating func drawOpening(_ state: WorkbenchState, _ layout: Layout) {
    let row = layout.body.rows.lowerBound + 1
    switch state.engine.phase {
    case .refused(let reason), .stopped(let reason):
      put("\(state.modelPath) could not be opened", 2, row, Style(.bad, .bold))
      let lines = wrapped(reason, width: layout.size.columns - 4)
      for (index, line) in lines.prefix(layout.body.height - 4).enumerated() {
        put(line, 2, row + 1 + index)
      }
      put(
        "R tries again, q leaves", 2, row + 2 + min(lines.count, layout.body.height - 4),
        Style(.muted))
    case .starting, .opening, .ready:
      put("opening \(state.modelPath) …", 2, row, Style(.muted))
    }
  }

  /// The last row: what can be done.
  mutating func drawFooter(_ layout: Layout) {
    let row = layout.footerRow
    clear(Rectangle(columns: 0..<layout.size.columns, rows: row..<row + 1), look.bar)
    for item in layout.footer {
      let end = put(item.key, item.columns.lowerBound, row, look.barAccent)
      put(item.title, end + 1, row, look.barMuted)
    }
  }
}

/// A text in lines of at most `width` cells, broken at blanks where there are any.
func wrapped(_ text: String, width: Int) -> [String] {
  guard width > 0 else { return [] }
  var lines: [String] = []
  var line = ""
  for word in text.split(separator: " ") {
    var word = word
    if line.isEmpty {
      line = ""
    } else if line.unicodeScalars.count + 1 + word.unicodeScalars.count <= width {
      line += " "
    } else {
      lines.append(line)
      line = ""
    }
    while word.unicodeScalars.count > width {
      lines.append(String(String.UnicodeScalarView(word.unicodeScalars.prefix(width))))
      word = Substring(word.unicodeScalars.dropFirst(width))
    }
    line += word
  }
  return line.isEmpty ? lines : lines + [line]
}
