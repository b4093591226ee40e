import FoundationEssentials
import TerminalUI
import Testing
import Workbench

struct ThemeFileTests {
  /// A complete theme whose lines a test replaces.
  private static let complete: String = {
    let roles = Paint.Role.allCases.map { "\($0.rawValue) = 252" }.joined(separator: "\n")
    return """
      name = "own"
      kind = "dark"
      background = 234
      [roles]
      \(roles)
      [heat]
      palette = [17, 53, 89, 125, 167, 202, 214, 221, 229]
      sixteen = [0, 4, 1, 5, 9, 13, 3, 11, 15]
      """
  }()

  private func theme(replacing line: String = "", by other: String = "") throws(ThemeError) -> Theme
  {
    let text = line.isEmpty ? Self.complete : Self.complete.replacing(line, with: other)
    return try ThemeFile(name: "own.toml").theme(from: text)
  }

  private func message(replacing line: String, by other: String) -> String? {
    do throws(ThemeError) {
      _ = try theme(replacing: line, by: other)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func `indices, hexadecimal colours, emphasis and colours behind are read`() throws {
    let theme = try theme(
      replacing: "accent = 252",
      by: "accent = { color = '#ff8700', behind = 25, bold = true }")
    let look = theme.resolve(Style(.accent), depth: .palette)
    #expect(look.foreground == 208)
    #expect(look.attributes == .bold)
    #expect(theme.resolve(Style(on: .role(.accent)), depth: .palette).background == 25)
  }

  @Test func `sixteen colours are the nearest unless the file says which`() throws {
    let nearest = try theme(replacing: "good = 252", by: "good = '#00f000'")
    #expect(nearest.resolve(Style(.good), depth: .sixteen).foreground == 10)
    let explicit = try theme(
      replacing: "good = 252", by: "good = { color = '#00f000', sixteen = 6 }")
    #expect(explicit.resolve(Style(.good), depth: .sixteen).foreground == 6)
  }

  @Test func `a theme without background leaves the terminal's own`() throws {
    let theme = try theme(replacing: "background = 234", by: "")
    #expect(theme.resolve(Style(), depth: .palette).background == -1)
    #expect(theme.resolve(Style(), depth: .palette).foreground == -1)
  }

  @Test(arguments: [
    ("name = \"own\"", "", "own.toml: name is missing."),
    ("kind = \"dark\"", "kind = \"dim\"", "own.toml: kind has to be dark, light or mono."),
    ("background = 234", "backgrund = 234", "own.toml: backgrund means nothing here."),
    ("muted = 252\n", "", "own.toml: roles.muted is missing."),
    ("muted = 252", "muted = 252\nmutd = 2", "own.toml: roles.mutd means nothing here."),
    (
      "muted = 252", "muted = 256",
      "own.toml: roles.muted has to be a colour: \"#rrggbb\" or an index 0...255."
    ),
    (
      "muted = 252", "muted = \"#12345g\"",
      "own.toml: roles.muted has to be a colour: \"#rrggbb\" or an index 0...255."
    ),
    (
      "muted = 252", "muted = { color = \"#+12345\" }",
      "own.toml: roles.muted.color has to be a colour: \"#rrggbb\" or an index 0...255."
    ),
    ("muted = 252", "muted = { sixteen = 3 }", "own.toml: roles.muted.color is missing."),
    (
      "muted = 252", "muted = { color = 3, sixteen = 16 }",
      "own.toml: roles.muted.sixteen has to be an index 0...15."
    ),
    (
      "muted = 252", "muted = { color = 3, bold = 1 }",
      "own.toml: roles.muted.bold has to be true or false."
    ),
    (
      "muted = 252", "muted = { color = 3, blink = true }",
      "own.toml: roles.muted.blink means nothing here."
    ),
    (
      "214, 221, 229]", "214]",
      "own.toml: heat.palette has 7 colours, but a heat ramp has exactly 9."
    ),
    (
      "sixteen = [0, 4,", "sixteen = [0, 44,",
      "own.toml: heat.sixteen[1] has to be an index 0...15."
    ),
    ("palette = [", "palet = [", "own.toml: heat.palet means nothing here."),
  ])
  func `a mistake is named by file and key`(
    _ mistake: (line: String, other: String, message: String)
  ) {
    #expect(message(replacing: mistake.line, by: mistake.other) == mistake.message)
  }

  @Test func `text that is not TOML is named by its line`() throws {
    let sentence = try #require(message(replacing: "kind = \"dark\"", by: "kind = = 3"))
    #expect(sentence.hasPrefix("own.toml: line 2 is not TOML: "))
  }

  @Test func `a mono theme may not have colours`() throws {
    let text = Self.complete.replacing("kind = \"dark\"", with: "kind = \"mono\"")
    #expect(throws: ThemeError.unknownKey(file: "own.toml", key: "background")) {
      try ThemeFile(name: "own.toml").theme(from: text)
    }
  }
}

struct ThemeLibraryTests {
  private func folder(_ files: [String: String]) throws -> String {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "lathe-themes-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in files {
      try Data(text.utf8).write(to: folder.appending(path: name))
    }
    return folder.path
  }

  @Test func `mono is there without any file`() {
    let library = ThemeLibrary.load(folders: ["/does/not/exist"])
    #expect(library.themes.map(\.name) == ["mono"])
    #expect(library.failures.isEmpty)
  }

  @Test func `a later folder replaces a theme of the same name`() throws {
    let first = try folder(["a.toml": "name = \"x\"\nkind = \"mono\"\nabout = \"first\""])
    let second = try folder(["b.toml": "name = \"x\"\nkind = \"mono\"\nabout = \"second\""])
    let library = ThemeLibrary.load(folders: [first, second])
    #expect(try library.theme(named: "x").about == "second")
  }

  @Test func `a bad file costs only itself`() throws {
    let folder = try folder([
      "bad.toml": "name = 3", "good.toml": "name = \"x\"\nkind = \"mono\"", "notes.txt": "hello",
    ])
    let library = ThemeLibrary.load(folders: [folder])
    #expect(library.themes.map(\.name) == ["mono", "x"])
    #expect(library.failures.count == 1)
    #expect(library.failures.first?.description.contains("bad.toml: name has to be a text") == true)
  }

  @Test func `an unknown name lists those there are`() {
    let library = ThemeLibrary.load(folders: [])
    #expect(throws: ThemeError.noSuchTheme(name: "neon", known: ["mono"])) {
      try library.theme(named: "neon")
    }
  }

  @Test func `a file that is not there is unreadable`() {
    #expect(throws: ThemeError.self) { try ThemeLibrary.theme(file: "/does/not/exist.toml") }
  }
}
