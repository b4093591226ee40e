extension Command {
  static let typing: [Command] = [
    prompt(.accept, "do it", "Run the line.", [[.enter]]) {
      $0.acceptPrompt()
    },
    prompt(
      .cancel, "cancel", "Back to the view; nothing changes.", [[.escape], [.control("c")]]
    ) { state in
      state.mode = .browse
      return []
    },
    type(.older, "line before", [[.up]]) { $0.recall(older: true) },
    type(.newer, "next line", [[.down]]) { $0.recall(older: false) },
    caret(.eraseBack, "erase", [[.backspace]]) { $0.remove(to: $0.caret - 1) },
    caret(.eraseForward, "erase forward", [[.delete], [.control("d")]]) {
      $0.remove(to: $0.caret + 1)
    },
    caret(.eraseWord, "erase a word", [[.control("w")]]) { $0.remove(to: $0.wordStart) },
    caret(.eraseLine, "erase to the start", [[.control("u")]]) { $0.remove(to: 0) },
    caret(.caretLeft, "left", [[.left], [.control("b")]]) { $0.move(by: -1) },
    caret(.caretRight, "right", [[.right], [.control("f")]]) { $0.move(by: 1) },
    caret(.caretStart, "start", [[.home], [.control("a")]]) { $0.move(to: 0) },
    caret(.caretEnd, "end", [[.end], [.control("e")]]) { $0.move(to: $0.text.count) },
  ]

  static let answering: [Command] = [
    answer(
      .answerYes, "yes", "Yes: go on and lose nothing but what the question names.",
      [[.character("y")]], footer: (1, "yes")
    ) { $0.answerYes() },
    answer(
      .answerSave, "save first", "Save the plan, then go on.", [[.character("s")]],
      footer: (2, "save first")
    ) { $0.answerSave() },
    answer(
      .answerNo, "no", "No: nothing changes.",
      [[.character("n")], [.escape], [.character("q")]], footer: (3, "no")
    ) { $0.answerNo() },
    Command(
      id: .leaveNow, title: "leave now", doc: "Leave without saving.",
      keys: [[.control("c")], [.character("Q")]], contexts: [.question], group: .question,
      action: { _ in [.quit] }),
  ]

  static let reading: [Command] = [
    scroll(.helpDown, "down", [[.character("j")], [.down]], footer: (2, "down")) { $0 + 1 },
    scroll(.helpUp, "up", [[.character("k")], [.up]], footer: (3, "up")) { $0 - 1 },
    scroll(.helpPageDown, "a page down", [[.pageDown], [.character(" ")]]) { $0 + 10 },
    scroll(.helpPageUp, "a page up", [[.pageUp]]) { $0 - 10 },
    scroll(.helpTop, "top", [[.home], [.character("g"), .character("g")]]) { _ in 0 },
    scroll(.helpBottom, "bottom", [[.end], [.character("G")]]) { _ in .max },
    Command(
      id: .helpClose, title: "close", doc: "Back to the view.",
      keys: [[.escape], [.character("q")], [.character("?")], [.function(1)], [.control("c")]],
      contexts: [.help], group: .help, footer: (1, "close"),
      action: { state in
        state.mode = .browse
        return []
      }),
  ]

  private static func prompt(
    _ id: CommandID, _ title: String, _ doc: String, _ keys: [[Key]],
    _ action: @escaping @Sendable (inout WorkbenchState) -> [Effect]
  ) -> Command {
    Command(
      id: id, title: title, doc: doc, keys: keys, contexts: [.prompt], group: .prompt,
      action: action)
  }

  private static func type(
    _ id: CommandID, _ title: String, _ keys: [[Key]],
    _ action: @escaping @Sendable (inout WorkbenchState) -> Void
  ) -> Command {
    prompt(id, title, "Lines typed before.", keys) {
      action(&$0)
      return []
    }
  }

  private static func caret(
    _ id: CommandID, _ title: String, _ keys: [[Key]],
    _ change: @escaping @Sendable (inout Prompt) -> Void
  ) -> Command {
    prompt(id, title, "Edit the line: \(title).", keys) { state in
      guard case .prompt(var prompt) = state.mode else { return [] }
      change(&prompt)
      state.mode = .prompt(prompt)
      return []
    }
  }

  private static func answer(
    _ id: CommandID, _ title: String, _ doc: String, _ keys: [[Key]], footer: (Int, String),
    _ action: @escaping @Sendable (inout WorkbenchState) -> [Effect]
  ) -> Command {
    Command(
      id: id, title: title, doc: doc, keys: keys, contexts: [.question], group: .question,
      footer: footer,
      obstacle: { state in
        id == .answerSave && state.mode != .question(.quit)
          ? "this question is answered by y or n" : nil
      },
      action: action)
  }

  private static func scroll(
    _ id: CommandID, _ title: String, _ keys: [[Key]], footer: (Int, String)? = nil,
    _ place: @escaping @Sendable (Int) -> Int
  ) -> Command {
    Command(
      id: id, title: title, doc: "Scroll the help: \(title).", keys: keys, contexts: [.help],
      group: .help, footer: footer,
      action: { state in
        guard case .help(let scroll) = state.mode else { return [] }
        state.mode = .help(scroll: min(max(0, place(scroll)), HelpText.lastScroll(state)))
        return []
      })
  }
}
