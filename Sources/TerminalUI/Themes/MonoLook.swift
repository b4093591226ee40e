import Workbench

extension ThemeTable {
  /// Looks without colours: bold, dim, underlined and reversed text.
  static let mono = ThemeTable { foreground, background in
    ResolvedStyle(
      foreground: -1, background: -1,
      attributes: emphasis(foreground: foreground).union(emphasis(background: background)))
  }

  private static func emphasis(foreground: Paint) -> Attributes {
    guard case .role(let role) = foreground else { return [] }
    return switch role {
    case .accent, .cursor, .warning, .measured: .bold
    case .bad: [.bold, .underline]
    case .selection: .underline
    case .muted, .dropped, .predicted: .dim
    case .text, .line, .bar, .good, .inkOnLight, .inkOnDark: []
    }
  }

  private static func emphasis(background: Paint) -> Attributes {
    guard case .role(let role) = background else { return [] }
    return switch role {
    case .cursor, .accent: [.reverse, .bold]
    case .bar, .good, .warning, .bad: .reverse
    case .selection: .underline
    case .dropped: .dim
    case .text, .muted, .line, .inkOnLight, .inkOnDark, .predicted, .measured: []
    }
  }
}
