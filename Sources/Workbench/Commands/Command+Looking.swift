extension Command {
  static let looking: [Command] = [
    look(.showExperts, "expert map", "Every expert of every block.", [[.character("1")]], views) {
      $0.show(.experts)
    },
    look(.showLayers, "layers", "Importance, bits and bytes by block.", [[.character("2")]], views)
    {
      $0.show(.layers)
    },
    look(.nextView, "next view", "Go through the views.", [[.tab]], views) { $0.turnView(by: 1) },
    look(.previousView, "view before", "Go through the views backwards.", [[.backTab]], views) {
      $0.turnView(by: -1)
    },
    look(.open, "same block elsewhere", "Show the block in the other view.", [[.enter]], views) {
      $0.turnView(by: 1)
    },
    metric(.nextMetric, "next metric", "m", by: 1, footer: (25, "metric")),
    metric(.previousMetric, "metric before", "M", by: -1, footer: nil),
    scale(.nextScale, "next scale", ">", by: 1),
    scale(.previousScale, "scale before", "<", by: -1),
    Command(
      id: .nextTheme, title: "next theme", doc: "Change the colours.", keys: [[.character("T")]],
      contexts: views, group: .look,
      obstacle: { $0.options.themes.count < 2 ? "there is no other theme" : nil },
      action: { $0.nextTheme() }),
  ]

  private static func look(
    _ id: CommandID, _ title: String, _ doc: String, _ keys: [[Key]], _ contexts: Set<Context>,
    _ action: @escaping @Sendable (inout WorkbenchState) -> Void
  ) -> Command {
    Command(
      id: id, title: title, doc: doc, keys: keys, contexts: contexts, group: .look,
      action: {
        action(&$0)
        return []
      })
  }

  private static func metric(
    _ id: CommandID, _ title: String, _ key: Unicode.Scalar, by step: Int,
    footer: (Int, String)?
  ) -> Command {
    Command(
      id: id, title: title,
      doc: "Colour the map by another score: "
        + Metric.allCases.map(\.title).joined(
          separator: ", ") + ".",
      keys: [[.character(key)]], contexts: [.experts], group: .look, footer: footer,
      obstacle: { $0.profileObstacle },
      action: {
        $0.turnMetric(by: step)
        return []
      })
  }

  private static func scale(
    _ id: CommandID, _ title: String, _ key: Unicode.Scalar, by step: Int
  ) -> Command {
    Command(
      id: id, title: title, doc: "Colour by rank, linearly or by logarithm.",
      keys: [[.character(key)]], contexts: [.experts], group: .look,
      obstacle: { $0.profileObstacle },
      action: {
        $0.turnScale(by: step)
        return []
      })
  }
}
