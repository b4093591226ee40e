import TerminalUI
import Testing
import Workbench

struct ThemeTableTests {
  private func theme(_ name: String = "lathe-dark") throws -> Theme {
    try ShippedThemes.library.theme(named: name)
  }

  @Test func `a role is its colour in front and behind`() throws {
    let look = try theme().resolve(Style(.role(.warning), on: .role(.bar)), depth: .palette)
    #expect(look.foreground == 215)
    #expect(look.background == 237)
  }

  @Test func `plain cells take the theme's background and text`() throws {
    let look = try theme().resolve(Style(), depth: .palette)
    #expect(look.foreground == 252)
    #expect(look.background == 234)
  }

  @Test func `either ink becomes the one that reads better`() throws {
    let theme = try theme()
    for ink in [Paint.Role.inkOnLight, .inkOnDark] {
      #expect(theme.resolve(Style(.role(ink), on: .heat(0)), depth: .palette).foreground == 231)
      #expect(theme.resolve(Style(.role(ink), on: .heat(8)), depth: .palette).foreground == 16)
    }
  }

  @Test func `half blocks keep both shades of heat, however close`() throws {
    let look = try theme().resolve(Style(.heat(3), on: .heat(4)), depth: .palette)
    #expect(look.foreground == 125)
    #expect(look.background == 167)
  }

  @Test func `heat beyond the ramp is its last shade`() throws {
    let theme = try theme()
    #expect(
      theme.resolve(Style(on: .heat(200)), depth: .palette)
        == theme.resolve(Style(on: .heat(8)), depth: .palette))
  }

  @Test func `a style's emphasis joins the theme's`() throws {
    let look = try theme().resolve(Style(.accent, .underline), depth: .palette)
    #expect(look.attributes == [.bold, .underline])
  }

  @Test func `dim text is only dimmed where no colour says it`() throws {
    let theme = try theme()
    let style = Style(.predicted, .dim)
    #expect(theme.resolve(style, depth: .palette).attributes == [])
    #expect(theme.resolve(style, depth: .mono).attributes == .dim)
  }

  @Test func `without colours the cursor is reversed and the accent bold`() throws {
    let theme = try theme()
    let cursor = theme.resolve(Style(.role(.text), on: .role(.cursor)), depth: .mono)
    #expect(cursor.attributes.contains(.reverse))
    #expect(cursor.foreground == -1 && cursor.background == -1)
    #expect(theme.resolve(Style(.accent), depth: .mono).attributes == .bold)
  }

  @Test func `a mono theme has no colours on any terminal`() throws {
    let theme = try theme("mono")
    #expect(theme.resolve(Style(.bad), depth: .palette).foreground == -1)
    let limited = theme.limit(Capabilities(colors: .palette, unicode: true))
    #expect(limited == Capabilities(colors: .mono, unicode: true))
  }

  @Test func `a theme with colours leaves a terminal's capabilities alone`() throws {
    let capabilities = Capabilities(colors: .sixteen, unicode: false)
    #expect(try theme().limit(capabilities) == capabilities)
  }

  @Test(arguments: ShippedThemes.colored)
  func `eight colours are enough, and nothing vanishes in them`(_ theme: Theme) {
    let table = theme.table(depth: .sixteen, colorCount: 8)
    for role in Paint.Role.allCases where role != .inkOnDark && role != .inkOnLight {
      let look = table[Style(role)]
      #expect((0..<8).contains(look.foreground) && (0..<8).contains(look.background), "\(role)")
      #expect(look.foreground != look.background, "\(role)")
    }
    #expect(table[Style(on: .role(.cursor))].background != table[Style()].background)
    #expect(
      table[Style(on: .role(.cursor))].background != table[Style(on: .role(.selection))].background)
  }

  @Test(arguments: ShippedThemes.colored)
  func `heat in eight colours stays in order`(_ theme: Theme) {
    let table = theme.table(depth: .sixteen, colorCount: 8)
    let lightness = (0..<UInt8(Paint.heatLevels)).map { level in
      Lab(XtermPalette.colors[Int(table[Style(on: .heat(level))].background)]).lightness
    }
    let rising = theme.kind == .light ? lightness.reversed() : lightness
    for (lower, higher) in zip(rising, rising.dropFirst()) { #expect(lower <= higher) }
    #expect(Set(lightness).count >= 4)
  }
}
