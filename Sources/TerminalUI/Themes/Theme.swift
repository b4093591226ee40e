import Workbench

/// A named look: a colour for every role and a heat ramp, worked out for every kind of terminal.
public struct Theme: Hashable, Sendable {
  /// What backgrounds a theme is made for.
  public enum Kind: String, CaseIterable, Sendable {
    /// Light text on dark.
    case dark
    /// Dark text on light.
    case light
    /// Bold, dim, underlined and reversed text in the terminal's own colours.
    case mono
  }

  /// The name people choose it by.
  public let name: String
  /// What backgrounds it is made for.
  public let kind: Kind
  /// One line for a list of themes.
  public let about: String

  private let palette: ThemeTable
  private let sixteen: ThemeTable
  private let eight: ThemeTable

  init(name: String, kind: Kind, about: String, _ description: ThemeDescription?) {
    self.name = name
    self.kind = kind
    self.about = about
    guard let description else {
      (palette, sixteen, eight) = (.mono, .mono, .mono)
      return
    }
    palette = ThemeTable(PaintColors(palette: description))
    sixteen = ThemeTable(PaintColors(sixteen: description))
    eight = ThemeTable(PaintColors(eight: description))
  }

  /// Bold, dim, underlined and reversed text; needs no file.
  public static let mono = Theme(
    name: "mono", kind: .mono, about: "No colours, only bold, dim and reversed text", nil)

  /// What rendering may use under this theme: a mono theme has no colours on any terminal.
  public func limit(_ capabilities: Capabilities) -> Capabilities {
    guard kind == .mono else { return capabilities }
    return Capabilities(colors: .mono, unicode: capabilities.unicode)
  }

  /// How a style looks at a colour depth.
  public func resolve(_ style: Style, depth: ColorDepth) -> ResolvedStyle {
    table(depth: depth, colorCount: 256)[style]
  }

  /// The looks of all styles; terminals with fewer than 16 colours get a table of their own.
  package func table(depth: ColorDepth, colorCount: Int) -> ThemeTable {
    switch depth {
    case .mono: .mono
    case .sixteen: colorCount < 16 ? eight : sixteen
    case .palette: palette
    }
  }
}
