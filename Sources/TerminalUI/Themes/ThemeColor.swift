import Workbench

/// A colour as a theme file gives it.
enum ThemeColor: Hashable, Sendable {
  /// "#rrggbb".
  case rgb(RGB)
  /// An index of xterm's 256 colours.
  case index(Int)

  /// The index shown where 256 colours are available.
  var palette: Int {
    switch self {
    case .rgb(let color): XtermPalette.nearest(to: color)
    case .index(let index): index
    }
  }

  /// The index shown where 16 colours are available.
  var ansi: Int {
    switch self {
    case .rgb(let color): XtermPalette.nearestAnsi(to: color)
    case .index(let index) where index < 16: index
    case .index(let index): XtermPalette.nearestAnsi(to: XtermPalette.colors[index])
    }
  }
}

/// A colour and its stand-in where only 16 are available.
struct Shade: Hashable, Sendable {
  /// The colour meant.
  var color: ThemeColor
  /// Index 0...15, where the one nearest to `color` would not do.
  var sixteen: Int?

  /// The index shown where 16 colours are available.
  var ansi: Int { sixteen ?? color.ansi }
}

/// How a theme shows one role.
struct RoleLook: Hashable, Sendable {
  /// Colour of its characters.
  var color: Shade
  /// Colour of cells with this role as background; the same as `color` unless the theme says more.
  var behind: Shade
  /// Emphasis added where the role is a foreground.
  var attributes: Attributes = []
}

/// What a theme file says, before colours are worked out for a terminal.
struct ThemeDescription: Hashable, Sendable {
  /// Colour behind everything; the terminal's own when `nil`.
  var background: Shade?
  /// One look per role.
  var roles: [Paint.Role: RoleLook]
  /// Heat ramp in 256 colours, least to most.
  var heat: [ThemeColor]
  /// Heat ramp in 16 colours, indices 0...15.
  var heatSixteen: [Int]
}
