extension Command {
  static let measuring: [Command] = [
    Command(
      id: .measure, title: "measure now",
      doc: "Measure the plan now (it also happens by itself half a second after an edit).",
      keys: [[.character("e")]], contexts: views, group: .measure, footer: (90, "measure"),
      obstacle: { $0.measureObstacle },
      action: { $0.measureNow() }),
    Command(
      id: .stop, title: "stop",
      doc: "Stop what is measured; else the search, else the sweep. What they found is kept.",
      keys: [[.character("X")]], contexts: views, group: .measure,
      obstacle: { $0.stopObstacle }, action: { $0.stop() }),
    Command(
      id: .sweep, title: "sweep, or stop sweeping",
      doc: "Measure what every change costs alone; predictions rest on it.",
      keys: [[.character("S")]], contexts: views, group: .measure,
      obstacle: { $0.sweepObstacle }, action: { $0.toggleSweep() }),
    Command(
      id: .front, title: "front of the search",
      doc: "The plans that a search has found; \":search memory 9MiB\" begins one.",
      keys: [[.character("F")]], contexts: views, group: .measure,
      obstacle: { $0.frontObstacle },
      action: { state in
        state.mode = .front(bytes: nil)
        return []
      }),
    Command(
      id: .restartEngine, title: "start the engine again",
      doc: "After the engine gave up or a model could not be opened.",
      keys: [[.character("R")]], contexts: views, group: .measure,
      obstacle: { state in
        switch state.engine.phase {
        case .refused, .stopped: nil
        default: state.session?.profileProblem == nil ? "the engine is running" : nil
        }
      },
      action: { $0.tryAgain() }),
  ]

  static let files: [Command] = [
    Command(
      id: .save, title: "save the plan", doc: "Write the plan as JSON; :w PATH writes elsewhere.",
      keys: [[.character("w")]], contexts: views, group: .file, footer: (80, "save"),
      obstacle: needsModel,
      action: { $0.save(quitAfter: false) }),
    Command(
      id: .copy, title: "copy", doc: "Copy the cursor's figures to the clipboard.",
      keys: [[.character("y")]], contexts: views, group: .file, obstacle: needsModel,
      action: { state in
        state.say("copied", .good)
        return [.copy(state.cursorSummary)]
      }),
  ]

  static let general: [Command] = [
    Command(
      id: .help, title: "help", doc: "Every key of this view and what it does.",
      keys: [[.character("?")], [.function(1)]], contexts: views, group: .general,
      footer: (pinned, "help"),
      action: { state in
        state.mode = .help(scroll: 0)
        return []
      }),
    Command(
      id: .quit, title: "leave", doc: "Leave Lathe; asks where edits are not saved.",
      keys: [[.character("q")]], contexts: views.union([.tooSmall]), group: .general,
      footer: (pinned + 1, "quit"), action: { $0.quit() }),
    Command(
      id: .quitNow, title: "leave from anywhere",
      doc: "Leave Lathe; asks once where edits are not saved, the second time it leaves.",
      keys: [[.control("c")], [.character("Q")]], contexts: views.union([.tooSmall]),
      group: .general, action: { $0.quit() }),
    Command(
      id: .redraw, title: "redraw", doc: "Draw the screen anew.", keys: [[.control("l")]],
      contexts: views.union([.help]), group: .general, action: { _ in [.redraw] }),
    Command(
      id: .suspend, title: "suspend", doc: "Back to the shell; fg returns.",
      keys: [[.control("z")]], contexts: Set(Context.allCases), group: .general,
      action: { _ in [.suspend] }),
  ]
}
