extension Command {
  static let marking: [Command] = [
    Command(
      id: .markRange, title: "range",
      doc: "Start or end a range; it spans the rectangle up to the cursor.",
      keys: [[.character("v")]], contexts: views, group: .mark, footer: (30, "range"),
      obstacle: needsModel,
      action: { state in
        if case .range = state.marking {
          state.marking = .none
        } else {
          state.marking = .range(block: state.block, column: state.column)
        }
        return []
      }),
    Command(
      id: .markRow, title: "whole row", doc: "Mark all experts of the block; up and down add rows.",
      keys: [[.character("r")]], contexts: [.experts], group: .mark, obstacle: needsModel,
      action: { state in
        if case .rows = state.marking {
          state.marking = .none
        } else {
          state.marking = .rows(block: state.block)
        }
        return []
      }),
    Command(
      id: .markColumn, title: "whole column",
      doc: "Mark this column in all blocks; left and right add columns on the map.",
      keys: [[.character("c")]], contexts: views, group: .mark, obstacle: needsModel,
      action: { state in
        if case .columns = state.marking {
          state.marking = .none
        } else {
          state.marking = .columns(column: state.column)
        }
        return []
      }),
    Command(
      id: .markAll, title: "all", doc: "Mark everything in this view.",
      keys: [[.character("a")]], contexts: views, group: .mark, obstacle: needsModel,
      action: { state in
        state.marking = state.marking == .all ? .none : .all
        return []
      }),
    Command(
      id: .filter, title: "filter by rule",
      doc: "Mark the experts a rule holds for, e.g. load < 0.5x and block in 4..11.",
      keys: [[.character("/")]], contexts: [.experts], group: .mark, footer: (50, "filter"),
      obstacle: needsModel,
      action: { state in
        let rule = state.session?.filter.map { "\($0.rule)" } ?? ""
        state.mode = .prompt(Prompt(.filter, text: rule))
        return []
      }),
    Command(
      id: .back, title: "cancel", doc: "End the range, then the filter; never leaves Lathe.",
      keys: [[.escape]], contexts: views, group: .mark,
      action: { state in
        if state.marking != .none {
          state.marking = .none
        } else {
          try? state.session?.setFilter(nil)
        }
        return []
      }),
  ]

  /// Nothing to work on before a model is open.
  static let needsModel: @Sendable (WorkbenchState) -> String? = {
    $0.session == nil ? "no model is open yet" : nil
  }
}
