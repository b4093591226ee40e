import Workbench

/// A style as a terminal draws it.
public struct ResolvedStyle: Hashable, Sendable {
  /// Palette index of the character's colour, -1 for the terminal's own.
  public var foreground: Int16
  /// Palette index of the colour behind it, -1 for the terminal's own.
  public var background: Int16
  /// Emphasis.
  public var attributes: Attributes
}

/// How every combination of two paints looks, so that drawing a cell is one look-up.
package struct ThemeTable: Hashable, Sendable {
  /// One entry per foreground and background, `PaintIndex.count` squared.
  private let entries: [ResolvedStyle]
  /// Emphasis of styles that is left out.
  private let ignored: Attributes

  init(
    ignoring ignored: Attributes = [],
    _ look: (_ foreground: Paint, _ background: Paint) -> ResolvedStyle
  ) {
    self.ignored = ignored
    entries = PaintIndex.paints.flatMap { foreground in
      PaintIndex.paints.map { background in look(foreground, background) }
    }
  }

  /// A table with colours, which leaves out the `dim` of styles.
  ///
  /// Colours say quiet by themselves, and some terminals dim until nothing can be read.
  init(_ colors: PaintColors) { self.init(ignoring: .dim, colors.look) }

  package subscript(style: Style) -> ResolvedStyle {
    let index = PaintIndex.of(style.foreground) * PaintIndex.count + PaintIndex.of(style.background)
    var look = entries[index]
    look.attributes.formUnion(style.attributes.subtracting(ignored))
    return look
  }
}

/// A number for every paint: the terminal's own colour, then the roles, then the heat shades.
enum PaintIndex {
  static let paints: [Paint] =
    [.plain] + Paint.Role.allCases.map { .role($0) }
    + (0..<Paint.heatLevels).map { .heat(UInt8($0)) }

  static let count = paints.count

  private static let firstHeat = 1 + Paint.Role.allCases.count

  /// Where a paint stands in `paints`; heat beyond the ramp counts as its last shade.
  static func of(_ paint: Paint) -> Int {
    switch paint {
    case .plain: 0
    case .role(let role): 1 + order(role)
    case .heat(let level): firstHeat + min(Int(level), Paint.heatLevels - 1)
    }
  }

  // Written out because searching `allCases` for each cell of a frame would be slow.
  private static func order(_ role: Paint.Role) -> Int {
    switch role {
    case .text: 0
    case .muted: 1
    case .line: 2
    case .accent: 3
    case .cursor: 4
    case .selection: 5
    case .bar: 6
    case .dropped: 7
    case .good: 8
    case .warning: 9
    case .bad: 10
    case .inkOnLight: 11
    case .inkOnDark: 12
    case .predicted: 13
    case .measured: 14
    }
  }
}
