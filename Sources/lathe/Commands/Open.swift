import ArgumentParser
import Engine
import EngineProtocol
import FoundationEssentials
import Model
import TerminalUI
import Workbench

/// `lathe [MODEL]`: the workbench.
struct Open: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Open a model in the workbench (what \"lathe MODEL\" does).",
    discussion: """
      Without MODEL, the folder you are in if it holds a checkpoint, else the bundled model.

      EXAMPLES
        lathe demo
        lathe ~/models/OLMoE-1B-7B --plan plan.json --theme lathe-light
        lathe demo --colors mono --glyphs ascii
      """)

  @Argument(help: "A folder in Hugging Face layout, a .gguf file, or \"demo\".") var model: String?
  @Option(help: ArgumentHelp("Start with this plan.", valueName: "file")) var plan: String?
  @Option(help: "Theme; \"lathe info\" lists them.") var theme = ThemeLibrary.standard
  @Option(help: ArgumentHelp("Colours: auto, 256, 16 or mono.", valueName: "depth"))
  var colors = ColorChoice.automatic
  @Option(help: ArgumentHelp("Characters: auto, unicode or ascii.", valueName: "set"))
  var glyphs = GlyphChoice.automatic
  @Flag(help: "Leave the mouse to the terminal.") var noMouse = false
  @OptionGroup var engine: EngineOptions

  func run() throws {
    CrashLog.restartWithQuietBacktracer()
    let themes = ThemeLibrary.load(folders: Self.themeFolders)
    let theme = try Self.theme(theme, in: themes)
    let model = model ?? (FileManager.default.fileExists(atPath: "config.json") ? "." : "demo")
    let mailbox = Mailbox()
    let link = EngineLink(command: engine.command, mailbox: mailbox)
    let (description, opened) = try link.open(model)
    var events: [Event] = [.engine(.described(description)), .engine(.opened(opened))]
    if let plan {
      let file = try PlanFile(path: plan, what: "open")
      _ = try file.plan(path: plan, for: opened.spec, what: "open")
      events.append(.planLoaded(file, path: plan))
    }
    let terminal: Terminal
    do throws(TerminalError) { terminal = try Terminal(options: terminalOptions) } catch {
      throw CommandFailure(
        .request, "open", "\(error) Without one, use \"lathe report \(model) --text\".")
    }
    let options = WorkbenchState.Options(
      themes: themes.themes.map(\.name), theme: theme.name,
      planPath: "\(opened.spec.name).plan.json", size: terminal.size)
    let loop = WorkbenchLoop(
      state: WorkbenchState(modelPath: model, options: options), theme: theme, themes: themes,
      terminal: terminal, engine: link, mailbox: mailbox, model: model)
    if let message = loop.run(after: events) { StandardError.write(message) }
  }

  /// Folders with themes: Lathe's own, then the person's.
  static var themeFolders: [String] {
    [ShareFolder.themes?.path, UserFolders.config.appending(path: "themes").path].compactMap { $0 }
  }

  private var terminalOptions: TerminalOptions {
    TerminalOptions(colors: colors.depth, unicode: glyphs.unicode, mouse: !noMouse)
  }

  private static func theme(
    _ name: String, in themes: ThemeLibrary
  ) throws(CommandFailure) -> Theme {
    do throws(ThemeError) { return try themes.theme(named: name) } catch {
      if let failure = themes.failures.first {
        throw CommandFailure(.request, "theme", "\(failure)")
      }
      throw CommandFailure(.request, "theme", "\(error)")
    }
  }
}

/// What a person may say about colours.
enum ColorChoice: String, ExpressibleByArgument {
  case automatic = "auto"
  case palette = "256"
  case sixteen = "16"
  case mono

  /// The depth asked for, or `nil` to find out.
  var depth: ColorDepth? {
    switch self {
    case .automatic: nil
    case .palette: .palette
    case .sixteen: .sixteen
    case .mono: .mono
    }
  }
}

/// What a person may say about characters.
enum GlyphChoice: String, ExpressibleByArgument {
  case automatic = "auto"
  case unicode, ascii

  /// Whether characters beyond ASCII are drawn, or `nil` to find out.
  var unicode: Bool? {
    switch self {
    case .automatic: nil
    case .unicode: true
    case .ascii: false
    }
  }
}
