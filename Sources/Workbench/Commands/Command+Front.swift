extension Command {
  static let front: [Command] = [
    move(.frontDown, "down", [[.character("j")], [.down]], by: 1, footer: (2, "")),
    move(.frontUp, "up", [[.character("k")], [.up]], by: -1, footer: (3, "choose")),
    move(.frontFirst, "smallest plan", [[.home], [.character("g"), .character("g")]], by: -1000),
    move(.frontLast, "largest plan", [[.end], [.character("G")]], by: 1000),
    Command(
      id: .frontTake, title: "take",
      doc: "Take the selected plan as the plan; u goes back to yours.",
      keys: [[.enter]], contexts: [.front], group: .front, footer: (1, "take"),
      obstacle: { $0.frontCursor == nil ? "no plan was found yet" : nil },
      action: {
        $0.takeFromFront()
        return []
      }),
    Command(
      id: .frontPause, title: "pause or go on", doc: "Let the search rest, or go on.",
      keys: [[.character("p")]], contexts: [.front], group: .front, footer: (4, "pause"),
      obstacle: searchIsOver, action: { $0.pauseSearch() }),
    Command(
      id: .frontStop, title: "stop searching", doc: "End the search; what it found is kept.",
      keys: [[.character("X")]], contexts: [.front], group: .front, footer: (5, "stop"),
      obstacle: searchIsOver, action: { $0.stopSearch() }),
    Command(
      id: .frontClose, title: "close", doc: "Back to the view; the search goes on.",
      keys: [[.escape], [.character("q")], [.character("F")], [.control("c")]],
      contexts: [.front], group: .front, footer: (pinned, "close"),
      action: { state in
        state.mode = .browse
        return []
      }),
  ]

  private static func move(
    _ id: CommandID, _ title: String, _ keys: [[Key]], by step: Int,
    footer: (Int, String)? = nil
  ) -> Command {
    Command(
      id: id, title: title, doc: "Move on the front: \(title).", keys: keys, contexts: [.front],
      group: .front, footer: footer,
      action: {
        $0.moveFrontCursor(by: step)
        return []
      })
  }

  private static let searchIsOver: @Sendable (WorkbenchState) -> String? = {
    $0.session?.search?.isActive == true ? nil : "no search runs"
  }
}
