import TerminalUI
import Testing
import Workbench

struct ShippedThemeTests {
  @Test func `every theme file loads, and they are the six we promise`() {
    let library = ShippedThemes.library
    #expect(library.failures.map(\.description) == [])
    #expect(
      library.themes.map(\.name) == [
        "colour-blind-safe", "fjord", "high-contrast", "lathe-dark", "lathe-light", "mono",
      ])
  }

  @Test func `the standard theme is among them`() throws {
    #expect(try ShippedThemes.library.theme(named: ThemeLibrary.standard).kind == .dark)
  }

  @Test(arguments: ShippedThemes.colored)
  func `text reads at 4·5 to 1 and quiet text at 3 to 1`(_ theme: Theme) {
    let readable: [Paint.Role] = [.text, .accent, .good, .warning, .bad, .predicted, .measured]
    for role in readable {
      #expect(ShippedThemes.contrast(theme, Style(role)) >= 4.5, "\(role)")
    }
    for role in [Paint.Role.muted, .dropped, .selection] {
      #expect(ShippedThemes.contrast(theme, Style(role)) >= 3, "\(role)")
    }
    #expect(ShippedThemes.contrast(theme, Style()) >= 4.5)
  }

  @Test(arguments: ShippedThemes.colored)
  func `text reads at 4·5 to 1 on bars, selections and the cursor`(_ theme: Theme) {
    for background in [Paint.Role.bar, .selection, .cursor] {
      for foreground in [Paint.Role.text, .inkOnDark] {
        let style = Style(.role(foreground), on: .role(background))
        #expect(ShippedThemes.contrast(theme, style) >= 4.5, "\(foreground) on \(background)")
      }
    }
  }

  @Test(arguments: ShippedThemes.colored, ColorDepth.allCases.filter { $0 != .mono })
  func `no role vanishes on any other`(_ theme: Theme, depth: ColorDepth) {
    let inks: Set<Paint.Role> = [.line, .inkOnLight, .inkOnDark]
    for foreground in Paint.Role.allCases where !inks.contains(foreground) {
      for background in Paint.Role.allCases {
        let style = Style(.role(foreground), on: .role(background))
        let contrast = ShippedThemes.contrast(theme, style, depth: depth)
        #expect(contrast >= 3, "\(foreground) on \(background)")
      }
    }
  }

  @Test(arguments: ShippedThemes.colored, ColorDepth.allCases.filter { $0 != .mono })
  func `ink reads at 4·5 to 1 on every shade of heat`(_ theme: Theme, depth: ColorDepth) {
    for level in 0..<UInt8(Paint.heatLevels) {
      for ink in [Paint.Role.inkOnLight, .inkOnDark] {
        let style = Style(.role(ink), on: .heat(level))
        let contrast = ShippedThemes.contrast(theme, style, depth: depth)

        #expect(contrast >= 4.5, "\(ink) on heat \(level)")
      }
    }
  }

  @Test func `high contrast means 7 to 1 for every text`() throws {
    let theme = try ShippedThemes.library.theme(named: "high-contrast")
    let texts: [Paint.Role] = [
      .text, .muted, .accent, .selection, .dropped, .good, .warning, .bad, .predicted, .measured,
    ]
    for role in texts {
      #expect(ShippedThemes.contrast(theme, Style(role)) >= 7, "\(role)")
    }
  }
}
