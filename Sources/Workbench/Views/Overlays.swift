import Model

extension Canvas {
  /// The line being typed, with what is wrong with it or what may be typed.
  mutating func drawPrompt(_ prompt: Prompt, _ layout: Layout) {
    let row = layout.footerRow
    let width = layout.size.columns
    clear(Rectangle(columns: 0..<width, rows: row..<row + 1))
    let lead = prompt.purpose == .command ? ":" : "/"
    put(lead, 1, row, Style(.accent, .bold))
    let room = width - 4
    let first = max(0, prompt.caret - room + 1)
    for (offset, scalar) in prompt.text.dropFirst(first).prefix(room).enumerated() {
      put(scalar, 2 + offset, row, Style(.text))
    }
    let caret = 2 + prompt.caret - first
    let under = screen[caret, row].character
    put(under, caret, row, Style(.role(.text), on: .plain, .reverse))
    if let problem = prompt.problem {
      drawMessage(problem, Style(.bad, .bold), bottom: layout.statusRow, layout)
    } else {
      drawMessage(hint(prompt), Style(.muted), bottom: layout.statusRow, layout)
    }
  }

  private func hint(_ prompt: Prompt) -> String {
    switch prompt.purpose {
    case .command:
      "Enter applies, Esc cancels. drop experts 3.5, 3.7..9 · drop experts where load < 0.5x ·"
        + " keep moe 3 · bits 4 experts method gptq · sparsify 2:4 down · neurons 50% experts refit ·"
        + " merge experts 3.1, 3.5 · search memory 9MiB, bits 2.54, speed 2x or kl 0.1 · w PATH ·"
        + " o PATH · q"
    case .filter:
      "Enter marks the experts the rule holds for, an empty line ends the filter. Fields: "
        + Rule.Field.allCases.map(\.rawValue).joined(separator: ", ")
    }
  }

  /// A question on the last rows.
  mutating func drawQuestion(_ question: Question, _ state: WorkbenchState, _ layout: Layout) {
    let text: String
    switch question {
    case .quit:
      let count = state.session?.plan.steps.count ?? 0
      let edits = count == 1 ? "1 edit" : "\(count) edits"
      text = "The plan (\(edits)) is not saved. Leave without saving?"
    case .overwrite(let path, _): text = "\(path) is there already. Write over it?"
    case .replacePlan(_, let path): text = "The plan is not saved. Replace it by \(path)?"
    }
    drawMessage(text, Style(.warning, .bold), bottom: layout.statusRow, layout)
  }

  /// Every command of the view under the help, from the registry.
  mutating func drawHelp(_ state: WorkbenchState, _ layout: Layout, scroll: Int) {
    let lines = HelpText.lines(state)
    let area = HelpText.area(layout.size)
    clear(Rectangle(columns: area.columns, rows: span(1, area.rows.upperBound)))
    var title = Line(gap: 2)
    title.add(0, Span("Keys: \(state.view.title)", .accent, .bold))
    let last = min(scroll + area.height, lines.count)
    title.add(1, Span("lines \(scroll + 1)–\(last) of \(lines.count)", .muted))
    put(title, 1, 1, end: area.columns.upperBound)
    for (index, line) in lines.dropFirst(scroll).prefix(area.height).enumerated() {
      var place = 1
      for span in line {
        place = put(span.text, place, area.rows.lowerBound + index, span.style)
      }
    }
  }
}
