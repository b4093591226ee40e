import Engine
import EngineProtocol
import Glibc
import Model
import TerminalUI
import Workbench

/// Runs the workbench: shows the state, waits, lets events change it, does what it asks for.
final class WorkbenchLoop {
  private var state: WorkbenchState
  private var theme: Theme
  private let themes: ThemeLibrary
  private let terminal: Terminal
  private let engine: EngineLink
  private let mailbox: Mailbox
  private let model: String
  private let start = ContinuousClock.now
  /// Events taken in before the next frame, so that held keys do not queue behind drawing.
  private static let eventsPerFrame = 64

  /// Wires the parts together.
  init(
    state: WorkbenchState, theme: Theme, themes: ThemeLibrary, terminal: Terminal,
    engine: EngineLink, mailbox: Mailbox, model: String
  ) {
    self.state = state
    self.theme = theme
    self.themes = themes
    self.terminal = terminal
    self.engine = engine
    self.mailbox = mailbox
    self.model = model
  }

  /// Runs until the person leaves or the terminal goes away.
  ///
  /// - Parameter events: what happened before the screen was taken
  /// - Returns: a message for the person's shell, if there is one.
  func run(after events: [Event]) -> String? {
    defer {
      engine.close()
      terminal.stop()
    }
    guard take(events) else { return nil }
    while true {
      draw()
      if mailbox.isEmpty { terminal.markIdle() }
      switch nextEvents() {
      case .events(let events): guard take(events) else { return nil }
      case .ended: return rescue()
      }
    }
  }

  private enum Wait {
    case events([Event])
    /// The process was asked to end, or the terminal is gone.
    case ended
  }

  private var now: Int {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
  }

  private func draw() {
    let capabilities = theme.limit(terminal.capabilities)
    terminal.show(render(state, size: terminal.size, capabilities: capabilities), theme: theme)
  }

  /// Waits for something to happen, then takes what else is there already.
  private func nextEvents() -> Wait {
    var events: [Event] = []
    var limit = state.nextWake.map { max(0, $0 - now) }
    while events.count < Self.eventsPerFrame {
      guard let event = terminal.wait(milliseconds: limit) else {
        return .events(events.isEmpty ? [.wake] : events)
      }
      limit = 0
      switch event {
      case .input(let input): events.append(.input(input))
      case .wake: events += mailbox.drain()
      case .terminate, .hangup, .closed: return .ended
      }
    }
    return .events(events)
  }

  /// Lets events change the state and does what follows; `false` when the person leaves.
  private func take(_ events: [Event]) -> Bool {
    var waiting = events[...]
    while let event = waiting.popFirst() {
      for effect in state.update(event, at: now) {
        guard effect != .quit else { return false }
        if let answer = perform(effect) { waiting.append(answer) }
      }
    }
    return true
  }

  /// Does what the workbench asks for; returns the answer where there is one at once.
  private func perform(_ effect: Effect) -> Event? {
    switch effect {
    case .openModel(let path): engine.openModel(path)
    case .recall(let request): engine.recall(request, model: model)
    case .startJob(let work, let ticket): engine.startJob(work, model: model, ticket: ticket)
    case .cancelJob(let job): engine.cancelJob(job)
    case .pauseJob(let job, let paused): engine.pauseJob(job, paused: paused)
    case .restartEngine: engine.restart()
    case .savePlan(let file, let path, let overwrite):
      return PlanStore.save(file, to: path, overwrite: overwrite)
    case .loadPlan(let path): return PlanStore.load(path)
    case .copy(let text): terminal.copy(text)
    case .useTheme(let name): theme = (try? themes.theme(named: name)) ?? theme
    case .suspend: terminal.suspend()
    case .redraw: terminal.redraw()
    case .quit: break
    }
    return nil
  }

  /// Keeps an unsaved plan when there is nobody left to ask.
  private func rescue() -> String? {
    guard let file = state.unsavedPlan else { return nil }
    return PlanStore.rescue(file, folder: UserFolders.state).map {
      "lathe: the unsaved plan was kept in \($0)\n"
    }
  }
}
