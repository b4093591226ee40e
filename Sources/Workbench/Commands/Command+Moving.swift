import Model

extension Command {
  static let moving: [Command] = [
    step(.left, "left", [[.character("h")], [.left]]) { $0.moveCursor(columns: -1) },
    step(.down, "down", [[.character("j")], [.down]]) { $0.moveCursor(blocks: 1) },
    step(.up, "up", [[.character("k")], [.up]]) { $0.moveCursor(blocks: -1) },
    step(.right, "right", [[.character("l")], [.right]]) { $0.moveCursor(columns: 1) },
    step(.pageDown, "a page down", [[.pageDown], [.control("f")]]) {
      $0.moveCursor(blocks: $0.page.rows)
    },
    step(.pageUp, "a page up", [[.pageUp], [.control("b")]]) {
      $0.moveCursor(blocks: -$0.page.rows)
    },
    step(.pageLeft, "a page left", [[.character("H")]]) {
      $0.moveCursor(columns: -$0.page.columns)
    },
    step(.pageRight, "a page right", [[.character("L")]]) {
      $0.moveCursor(columns: $0.page.columns)
    },
    step(.firstBlock, "first block", [[.character("g"), .character("g")]]) {
      $0.moveCursor(blocks: -$0.blockCount)
    },
    step(.lastBlock, "last block", [[.character("G")]]) { $0.moveCursor(blocks: $0.blockCount) },
    step(.rowStart, "start of the row", [[.home]]) { $0.moveCursor(columns: -$0.columnCount) },
    step(.rowEnd, "end of the row", [[.end]]) { $0.moveCursor(columns: $0.columnCount) },
    match(.nextMatch, "next match", "n", forward: true),
    match(.previousMatch, "match before", "N", forward: false),
  ]

  private static func step(
    _ id: CommandID, _ title: String, _ keys: [[Key]],
    _ move: @escaping @Sendable (inout WorkbenchState) -> Void
  ) -> Command {
    Command(
      id: id, title: title, doc: "Move the cursor: \(title).", keys: keys, contexts: views,
      group: .move, obstacle: { $0.session == nil ? "no model is open yet" : nil },
      action: {
        move(&$0)
        return []
      })
  }

  private static func match(
    _ id: CommandID, _ title: String, _ key: Unicode.Scalar, forward: Bool
  ) -> Command {
    Command(
      id: id, title: title, doc: "Move to the \(title) of the filter.", keys: [[.character(key)]],
      contexts: [.experts], group: .move,
      obstacle: { $0.session?.filter == nil ? "no filter is set; / sets one" : nil },
      action: { state in
        guard let filter = state.session?.filter, let id = state.expertAtCursor else { return [] }
        if let next = filter.next(after: id, forward: forward) {
          (state.block, state.expert) = (next.block, next.expert)
        } else {
          state.say("no expert matches the filter", .warning)
        }
        return []
      })
  }
}
