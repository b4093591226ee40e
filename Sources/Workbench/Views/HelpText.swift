/// The help as lines of text.
enum HelpText {
  /// Where the lines go.
  static func area(_ size: Size) -> Rectangle {
    Rectangle(columns: 0..<size.columns, rows: span(3, size.rows - 1))
  }

  /// The furthest the help scrolls.
  static func lastScroll(_ state: WorkbenchState) -> Int {
    max(0, lines(state).count - area(state.size).height)
  }

  /// Every command of the view on screen, by group, with the reason where one cannot be run.
  static func lines(_ state: WorkbenchState) -> [[Span]] {
    let context = state.viewContext
    var lines: [[Span]] = []
    for group in Command.Group.allCases {
      let commands = Command.all.filter { $0.group == group && $0.contexts.contains(context) }
      guard !commands.isEmpty else { continue }
      if !lines.isEmpty { lines.append([]) }
      lines.append([Span(group.rawValue, .text, .bold)])
      for command in commands { lines += self.lines(of: command, state) }
    }
    return lines + legend
  }

  private static let keyWidth = 14
  private static let titleWidth = 24
  /// Least room for sentences beside the titles; with less they go below them.
  private static let sentenceWidth = 50

  private static func lines(of command: Command, _ state: WorkbenchState) -> [[Span]] {
    let obstacle = command.obstacle(state)
    let keys = Span(
      padded(command.allKeyText, keyWidth), obstacle == nil ? .accent : .muted,
      obstacle == nil ? .bold : [])
    let title = Span(padded(command.title, titleWidth), obstacle == nil ? .text : .muted)
    let text = obstacle.map { "not now: \($0)" } ?? command.doc
    let role = obstacle == nil ? Paint.Role.muted : .warning
    let isBeside = state.size.columns - keyWidth - titleWidth - 2 >= sentenceWidth
    let indent = isBeside ? keyWidth + titleWidth : keyWidth
    let sentence = wrapped(text, width: state.size.columns - indent - 2).map { Span($0, role) }
    let blank = Span(String(repeating: " ", count: indent))
    guard isBeside, let first = sentence.first else {
      return [[keys, title]] + sentence.map { [blank, $0] }
    }
    return [[keys, title, first]] + sentence.dropFirst().map { [blank, $0] }
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.unicodeScalars.count))
  }

  private static let legend: [[Span]] = [
    [],
    [Span("What you see", .text, .bold)],
    [Span("background", .text), Span("    the metric: the ramp in the second row", .muted)],
    [
      Span("2 … 8", .text),
      Span("         bits of an expert; blank = as stored, ~ = several", .muted),
    ],
    [
      Span("m n s", .text),
      Span("         merged with others, fewer neurons, zeros among its weights", .muted),
    ],
    [Span("×", .dropped, .bold), Span("             dropped", .muted)],
    [
      Span("~ dim", .predicted, .dim),
      Span("         predicted at once, with its standard deviation", .muted),
    ],
    [
      Span("bold", .measured, .bold),
      Span("          measured on text, with its 95 % interval", .muted),
    ],
    [Span("stale", .warning, .bold), Span("         measured before the last edits", .muted)],
    [
      Span("perplexity", .text),
      Span("    how surprised the model is by a text; lower is better", .muted),
    ],
    [
      Span("KL", .text),
      Span("            how far its guesses moved from the original's, in nats; 0 = none", .muted),
    ],
    [Span("same top", .text), Span("      tokens where both guess the same word first", .muted)],
    [Span("mouse", .text), Span("         click moves, double click drops, drag marks", .muted)],
  ]
}
