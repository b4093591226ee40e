import CTerm
import FoundationEssentials
import Glibc
import Workbench

/// The full-screen terminal: shows frames, reports input.
///
/// A value of this class stays on the thread that made it (it is not `Sendable`); only `wake()` may
/// be called from elsewhere. There can be one at a time. Whatever way the process ends, the terminal
/// gets back the settings it had; what was written to standard error meanwhile is printed then.
public final class Terminal {
  /// Size of the screen as last reported.
  public private(set) var size: Size
  /// What the terminal shows, after the person's wishes.
  public let capabilities: Capabilities

  private let colorCount: Int
  private let marksIdle: Bool
  private var idleCount = 0
  private var inputCount = 0
  private var frame: [ct_cell] = []

  /// Takes the terminal over.
  public init(options: TerminalOptions = TerminalOptions()) throws(TerminalError) {
    try Self.start(options)
    let traits = ct_describe()
    colorCount = Int(traits.colors)
    size = Size(columns: Int(traits.columns), rows: Int(traits.rows))
    capabilities = Self.capabilities(of: traits, options)
    marksIdle = Self.environment("LATHE_TEST_SYNC") == "1"
  }

  deinit { ct_stop() }

  /// Shows a frame; only what changed since the last one is sent.
  public func show(_ screen: Screen, theme: Theme) {
    let translation = CellTranslation(
      table: theme.table(depth: capabilities.colors, colorCount: colorCount),
      unicode: capabilities.unicode)
    translation.translate(screen.cells, into: &frame)
    unsafe frame.withUnsafeBufferPointer { cells in
      // The shim reads columns * rows cells, which is what `translate` left in the buffer.
      guard let first = cells.baseAddress else { return }
      unsafe ct_draw(first, Int32(screen.size.columns), Int32(screen.size.rows))
    }
  }

  /// Waits for the next event, for ever without a time; `nil` when the time is over.
  public func wait(milliseconds: Int?) -> TerminalEvent? {
    let limit = milliseconds.map { Int32(clamping: max($0, 0)) } ?? -1
    let event = TerminalEvent(ct_wait(limit)) {
      // The text is terminated by a zero byte and copied before the next wait.
      unsafe String(cString: ct_paste())
    }
    if case .input(let input) = event {
      inputCount += 1
      if case .resize(let newSize) = input { size = newSize }
    }
    return event
  }

  /// Stops the process as `^Z` does in a shell; a resize event follows when it is continued.
  public func suspend() { ct_suspend() }

  /// Sends every cell with the next frame: `^L` after another program wrote over the screen.
  public func redraw() { ct_redraw() }

  /// Gives the terminal back; also happens at exit.
  public func stop() { ct_stop() }

  /// Puts text on the clipboard of the person's own machine (OSC 52), also through ssh.
  public func copy(_ text: String) {
    write("\u{1b}]52;c;" + Data(text.utf8).base64EncodedString() + "\u{7}")
  }

  /// Tells a test that the last frame is complete and nothing is pending; silent otherwise.
  ///
  /// The marker says how many inputs the frame has taken in, so that a test does not take a frame
  /// that something else caused for the answer to its key.
  public func markIdle() {
    guard marksIdle else { return }
    idleCount += 1
    write("\u{1b}]777;idle;\(idleCount);\(inputCount)\u{7}")
  }

  /// Ends the current or next `wait` with `.wake`; for any thread, at any time.
  public static func wake() { ct_wake() }

  private func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      guard let first = bytes.baseAddress else { return }
      // Text as bytes: the same memory under C's name for it, valid during this call.
      unsafe first.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
        unsafe ct_write($0, bytes.count)
      }
    }
  }
}

extension Terminal {
  /// Starts the shim, with more colours than `TERM` names where the person asked for them.
  private static func start(_ options: TerminalOptions) throws(TerminalError) {
    let type = environment("TERM") ?? ""
    let unicode = options.unicode ?? false
    if options.colors == .palette, !type.contains("256color"), !type.contains("direct") {
      let status = unsafe ct_start(type + "-256color", options.mouse, unicode)
      if status == CT_STARTED { return }
    }
    let status = ct_start(nil, options.mouse, unicode)
    switch status {
    case CT_STARTED: return
    case CT_ALREADY_STARTED: throw .alreadyRunning
    case CT_NOT_A_TERMINAL: throw .notATerminal
    case CT_CANNOT_MOVE: throw .tooSimple(type)
    case CT_NO_DESCRIPTORS: throw .noDescriptors
    default: throw .unknownType(type)
    }
  }

  private static func capabilities(
    of traits: ct_traits, _ options: TerminalOptions
  ) -> Capabilities {
    let available: ColorDepth =
      switch traits.colors {
      case 256...: .palette
      case 8...: .sixteen
      default: .mono
      }
    let noColor = environment("NO_COLOR").map { !$0.isEmpty } ?? false
    let wanted = options.colors ?? (noColor ? .mono : .palette)
    return Capabilities(
      colors: min(wanted, available), unicode: traits.utf8 && options.unicode != false)
  }

  private static func environment(_ name: String) -> String? {
    // The pointer is read before anything could change the environment.
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}
