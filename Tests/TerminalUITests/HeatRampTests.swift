import TerminalUI
import Testing
import Workbench

struct HeatRampTests {
  /// Red, green and blue as a person without green cones sees them: Machado, Oliveira and
  /// Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009),
  /// severity 1, on linear channels.
  private static func deuteranopic(_ color: RGB) -> Lab {
    let linear = color.linear
    let rows = [
      SIMD3(0.367322, 0.860646, -0.227968), SIMD3(0.280085, 0.672501, 0.047413),
      SIMD3(-0.011820, 0.042940, 0.968881),
    ]
    let seen = rows.map { min(max(($0 * linear).sum(), 0), 1) }
    return Lab(linear: SIMD3(seen[0], seen[1], seen[2]))
  }

  private static func ramp(_ theme: Theme, _ depth: ColorDepth = .palette) -> [RGB] {
    ShippedThemes.heat(theme, depth: depth).map { XtermPalette.colors[$0] }
  }

  @Test(arguments: ShippedThemes.colored, ColorDepth.allCases.filter { $0 != .mono })
  func `more heat is always lighter, or always darker on light themes`(
    _ theme: Theme, depth: ColorDepth
  ) {
    let lightness = Self.ramp(theme, depth).map { Lab($0).lightness }
    let rising = theme.kind == .light ? lightness.reversed() : lightness
    for (lower, higher) in zip(rising, rising.dropFirst()) { #expect(lower < higher) }
  }

  @Test(arguments: ShippedThemes.colored)
  func `neighbours in a ramp look different`(_ theme: Theme) {
    let shades = Self.ramp(theme).map { Lab($0) }
    for (shade, next) in zip(shades, shades.dropFirst()) { #expect(shade.distance(to: next) >= 6) }
  }

  @Test(arguments: ["colour-blind-safe", "high-contrast", "lathe-dark", "lathe-light"])
  func `neighbours in a ramp look different without green cones too`(_ name: String) throws {
    let theme = try ShippedThemes.library.theme(named: name)
    let shades = Self.ramp(theme).map(Self.deuteranopic)
    for (shade, next) in zip(shades, shades.dropFirst()) { #expect(shade.distance(to: next) >= 6) }
  }

  @Test(arguments: ShippedThemes.colored, ColorDepth.allCases.filter { $0 != .mono })
  func `the cursor and a selection stand out from every shade and each other`(
    _ theme: Theme, depth: ColorDepth
  ) {
    let (_, cursor) = ShippedThemes.colors(theme, Style(on: .role(.cursor)), depth: depth)
    let (_, selection) = ShippedThemes.colors(theme, Style(on: .role(.selection)), depth: depth)
    for (level, shade) in Self.ramp(theme, depth).enumerated() {
      #expect(Lab(cursor).distance(to: Lab(shade)) >= 15, "cursor on heat \(level)")
      #expect(Lab(selection).distance(to: Lab(shade)) >= 15, "selection on heat \(level)")
    }
    #expect(Lab(cursor).distance(to: Lab(selection)) >= 15)
  }

  @Test func `good and bad differ without green cones`() throws {
    let theme = try ShippedThemes.library.theme(named: "colour-blind-safe")
    let (good, _) = ShippedThemes.colors(theme, Style(.good))
    let (bad, _) = ShippedThemes.colors(theme, Style(.bad))
    #expect(Self.deuteranopic(good).distance(to: Self.deuteranopic(bad)) >= 50)
  }
}
