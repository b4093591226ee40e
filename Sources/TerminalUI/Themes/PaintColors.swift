import Workbench

/// The palette indices of a theme on one kind of terminal.
struct PaintColors {
  /// Colour of everything without one of its own, -1 for the terminal's.
  private let background: Int
  private let roles: [Paint.Role: Int]
  private let behind: [Paint.Role: Int]
  private let attributes: [Paint.Role: Attributes]
  private let heat: [Int]
  /// Whether the bright half of 16 colours is only reached by bold text.
  private let brightIsBold: Bool

  /// Below this contrast a character on a coloured cell is drawn in ink instead.
  private static let legible = 3.0

  /// Colours for 256-colour terminals.
  init(palette theme: ThemeDescription) {
    background = theme.background?.color.palette ?? -1
    roles = theme.roles.mapValues { $0.color.color.palette }
    behind = theme.roles.mapValues { $0.behind.color.palette }
    attributes = theme.roles.mapValues(\.attributes)
    heat = theme.heat.map(\.palette)
    brightIsBold = false
  }

  /// Colours for 16-colour terminals.
  init(sixteen theme: ThemeDescription) {
    background = theme.background?.ansi ?? -1
    roles = theme.roles.mapValues(\.color.ansi)
    behind = theme.roles.mapValues(\.behind.ansi)
    attributes = theme.roles.mapValues(\.attributes)
    heat = theme.heatSixteen
    brightIsBold = false
  }

  /// Colours for 8-colour terminals: those of 16, the bright half by bold text where it can be.
  ///
  /// The heat ramp keeps its dark half, stretched, so that it stays in order.
  init(eight theme: ThemeDescription) {
    let wide = PaintColors(sixteen: theme)
    background = wide.background < 0 ? -1 : wide.background % 8
    roles = wide.roles
    behind = wide.behind.mapValues { $0 % 8 }
    attributes = wide.attributes
    let shades = wide.heat.filter { $0 < 8 }
    heat = wide.heat.indices.map { level in
      shades.isEmpty ? wide.heat[level] % 8 : shades[level * shades.count / wide.heat.count]
    }
    brightIsBold = true
  }

  /// How a character painted one way looks on a cell painted another way.
  func look(_ foreground: Paint, on background: Paint) -> ResolvedStyle {
    let behind = index(of: background, among: behind, plain: self.background)
    let plain = self.background < 0 ? -1 : roles[.text] ?? -1
    var front = index(of: foreground, among: roles, plain: plain)
    if needsInk(foreground, front, on: background, behind) { front = ink(on: behind) }
    var look = ResolvedStyle(
      foreground: Int16(front), background: Int16(behind), attributes: emphasis(of: foreground))
    if brightIsBold, case .role = foreground { lower(&look) }
    return look
  }

  /// A bright foreground as bold text of the dark half; what would vanish becomes black or white.
  private func lower(_ look: inout ResolvedStyle) {
    let behind = max(look.background, 0)
    if look.foreground == 8 || look.foreground % 8 == behind {
      look.foreground =
        XtermPalette.contrast(0, Int(behind)) > XtermPalette.contrast(7, Int(behind)) ? 0 : 7
    } else if look.foreground > 8 {
      look.foreground -= 8
      look.attributes.insert(.bold)
    }
  }

  private func index(of paint: Paint, among roles: [Paint.Role: Int], plain: Int) -> Int {
    switch paint {
    case .plain: plain
    case .role(let role): roles[role] ?? plain
    case .heat(let level): heat[min(Int(level), heat.count - 1)]
    }
  }

  private func emphasis(of paint: Paint) -> Attributes {
    guard case .role(let role) = paint else { return [] }
    return attributes[role] ?? []
  }

  /// Ink suits itself to the cell; other text gives way to ink where it could not be read.
  private func needsInk(
    _ foreground: Paint, _ front: Int, on background: Paint, _ behind: Int
  ) -> Bool {
    guard background != .plain, behind >= 0 else { return false }
    switch foreground {
    case .role(.inkOnLight), .role(.inkOnDark): return true
    case .role(.line), .heat: return false
    case .plain, .role:
      guard front >= 0 else { return true }
      return XtermPalette.contrast(front, behind) < Self.legible
    }
  }

  /// The ink that is easier to read on a colour.
  private func ink(on behind: Int) -> Int {
    let inks = [roles[.inkOnLight], roles[.inkOnDark]].compactMap { $0 }
    return inks.max { XtermPalette.contrast($0, behind) < XtermPalette.contrast($1, behind) } ?? -1
  }
}
