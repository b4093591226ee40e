import Model

extension Command {
  static let editing: [Command] = [
    edit(
      .toggle, "drop or keep", "Drop the expert or what is marked; if all is dropped, keep it.",
      [[.character(" ")]], footer: (10, "drop/keep")
    ) { $0.toggleMarked() },
    edit(
      .bitsUp, "more bits", "Next higher bit-width of 2 3 4 5 6 8 16 (16 = as stored).",
      [[.character("+")]], footer: (20, "")
    ) { $0.changeBits(up: true) },
    edit(
      .bitsDown, "fewer bits", "Next lower bit-width of 2 3 4 5 6 8 16.", [[.character("-")]],
      footer: (21, "bits")
    ) { $0.changeBits(up: false) },
    edit(
      .bitsPrompt, "type bits", "Type the bit-width, group size or other edit for this place.",
      [[.character("=")]]
    ) { $0.promptForBits() },
    edit(
      .toggleMoE, "MoE layer on/off", "Drop or keep the MoE layer of the block or marked blocks.",
      [[.character("x")]], footer: (70, "MoE layer")
    ) { $0.toggleUnits(.moe) },
    edit(
      .toggleAttention, "attention on/off",
      "Drop or keep the attention half of the block or marked blocks.", [[.character("A")]]
    ) { $0.toggleUnits(.attention) },
    edit(
      .toggleBlock, "block on/off", "Drop or keep the whole block or the marked blocks.",
      [[.character("B")]]
    ) { $0.toggleUnits(.block) },
    Command(
      id: .undo, title: "undo", doc: "Take the last edit back; without limit.",
      keys: [[.character("u")]], contexts: views, group: .edit, footer: (40, "undo"),
      obstacle: { ($0.session?.history.undoCount ?? 0) == 0 ? "there is nothing to undo" : nil },
      action: {
        $0.undo()
        return []
      }),
    Command(
      id: .redo, title: "redo", doc: "Do again what was undone.",
      keys: [[.character("U")], [.control("r")]], contexts: views, group: .edit,
      footer: (41, "redo"),
      obstacle: { ($0.session?.history.redoCount ?? 0) == 0 ? "there is nothing to redo" : nil },
      action: {
        $0.redo()
        return []
      }),
    Command(
      id: .command, title: "type an edit",
      doc: "drop, keep, bits … as on the command line; search memory 9MiB looks for plans;"
        + " w PATH saves, o PATH opens, q leaves.",
      keys: [[.character(":")]], contexts: views, group: .edit, footer: (60, "type edit"),
      action: {
        $0.mode = .prompt(Prompt(.command))
        return []
      }),
  ]

  private static func edit(
    _ id: CommandID, _ title: String, _ doc: String, _ keys: [[Key]],
    footer: (Int, String)? = nil,
    _ action: @escaping @Sendable (inout WorkbenchState) -> Void
  ) -> Command {
    Command(
      id: id, title: title, doc: doc, keys: keys, contexts: views, group: .edit, footer: footer,
      obstacle: needsModel,
      action: {
        action(&$0)
        return []
      })
  }
}
