/// One thing a person can tell the workbench to do: keys, help, footer and mouse all read this.
struct Command: Sendable {
  /// Its lasting name, for configuration and tests.
  let id: CommandID
  /// What it does, in a few words.
  let title: String
  /// What it does, in a sentence.
  let doc: String
  /// The keys that run it, each a sequence of one or two.
  let keys: [[Key]]
  /// Where its keys count.
  let contexts: Set<Context>
  /// Under which heading the help lists it.
  let group: Group
  /// Its place on the last row of the screen and its name there; `nil` to stay off it.
  var footer: (place: Int, title: String)?
  /// Why it cannot be run now, or `nil`.
  var obstacle: @Sendable (WorkbenchState) -> String? = { _ in nil }
  /// Does it.
  let action: @Sendable (inout WorkbenchState) -> [Effect]

  /// What has the keys.
  enum Context: Hashable, Sendable, CaseIterable {
    case experts, layers, front, help, prompt, question, tooSmall
  }

  /// A heading of the help.
  enum Group: String, CaseIterable, Sendable {
    case edit = "Edit the plan"
    case mark = "Choose what to edit"
    case move = "Move"
    case look = "Look"
    case measure = "Measure"
    case front = "The front of a search"
    case file = "Plan file"
    case general = "General"
    case prompt = "While typing"
    case question = "Answers"
    case help = "This help"
  }

  /// Its first key, as a person reads it.
  var keyText: String { keys.first.map(Command.text) ?? ":" }

  /// All its keys, as a person reads them.
  var allKeyText: String { keys.map(Command.text).joined(separator: " ") }

  var footerTitle: String? { footer?.title }

  /// Whether it stays on the last row however narrow the screen is.
  var isPinned: Bool { (footer?.place ?? 0) >= Self.pinned }

  /// Places on the last row from here on are always shown.
  static let pinned = 100

  private static func text(_ sequence: [Key]) -> String { sequence.map(\.label).joined() }
}

/// The names of the commands.
enum CommandID: String, CaseIterable, Sendable {
  case left, right, up, down, pageUp, pageDown, pageLeft, pageRight
  case firstBlock, lastBlock, rowStart, rowEnd, nextMatch, previousMatch
  case showExperts, showLayers, nextView, previousView, open
  case markRange, markRow, markColumn, markAll, filter, back
  case toggle, bitsUp, bitsDown, bitsPrompt, toggleMoE, toggleAttention, toggleBlock
  case undo, redo, command
  case nextMetric, previousMetric, previousScale, nextScale, nextTheme
  case measure, stop, sweep, front, restartEngine
  case frontDown, frontUp, frontFirst, frontLast, frontTake, frontPause, frontStop, frontClose
  case save, copy
  case help, redraw, suspend, quit, quitNow
  case accept, cancel, eraseBack, eraseForward, eraseWord, eraseLine
  case caretLeft, caretRight, caretStart, caretEnd, older, newer
  case answerYes, answerNo, answerSave, leaveNow
  case helpUp, helpDown, helpPageUp, helpPageDown, helpTop, helpBottom, helpClose
}

extension Command {
  /// Every command.
  static let all: [Command] =
    editing + marking + moving + looking + measuring + front + files + general + typing
    + answering + reading

  /// The contexts in which the model is on screen.
  static let views: Set<Context> = [.experts, .layers]

  private static let byID: [CommandID: Command] = Dictionary(
    all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })

  private static let byKeys: [Context: [[Key]: Command]] = {
    var table: [Context: [[Key]: Command]] = [:]
    for command in all {
      for context in command.contexts {
        for keys in command.keys { table[context, default: [:]][keys] = command }
      }
    }
    return table
  }()

  private static let footers: [Context: [Command]] = {
    var table: [Context: [Command]] = [:]
    for context in Context.allCases {
      table[context] = all.filter { $0.footer != nil && $0.contexts.contains(context) }
        .sorted { ($0.footer?.place ?? 0) < ($1.footer?.place ?? 0) }
    }
    return table
  }()

  static func named(_ id: CommandID) -> Command? { byID[id] }

  /// The command that keys run in a context.
  static func bound(to keys: [Key], in context: Context) -> Command? { byKeys[context]?[keys] }

  /// Whether a key starts a sequence of two in a context.
  static func isPrefix(_ key: Key, in context: Context) -> Bool {
    byKeys[context]?.keys.contains { $0.count > 1 && $0[0] == key } ?? false
  }

  /// The commands on the last row of the screen, most useful first.
  static func footer(for context: Context) -> [Command] { footers[context] ?? [] }
}

extension WorkbenchState {
  /// What has the keys now.
  var context: Command.Context {
    if size.columns < Layout.least.columns || size.rows < Layout.least.rows { return .tooSmall }
    return switch mode {
    case .help: .help
    case .prompt: .prompt
    case .question: .question
    case .front: .front
    case .browse: viewContext
    }
  }

  /// The view that is on screen, whatever lies over it.
  var viewContext: Command.Context {
    switch view {
    case .experts: .experts
    case .layers: .layers
    }
  }

  /// Runs a command, or says why not.
  mutating func run(_ command: Command) -> [Effect] {
    if let obstacle = command.obstacle(self) {
      say("\(command.title): \(obstacle)", .warning)
      return []
    }
    return command.action(&self)
  }
}
