import CTerm
import Glibc
import TerminalUI
import Testing
import Workbench

struct CellTranslationTests {
  /// Without a UTF-8 locale the C library gives no character beyond ASCII a width.
  private static let hasUnicode: Bool = {
    unsafe setlocale(LC_CTYPE, "C.UTF-8") != nil  // the result is only compared with null
  }()

  private static func translation(unicode: Bool) -> CellTranslation {
    CellTranslation(
      table: Theme.mono.table(depth: .mono, colorCount: 0), unicode: unicode && hasUnicode)
  }

  @Test(arguments: ["a", " ", "~", "é", "×", "─", "█", "⣿", "→", "…", "λ"] as [Unicode.Scalar])
  func `a character one column wide stays`(_ scalar: Unicode.Scalar) {
    #expect(Self.translation(unicode: true).drawable(scalar) == scalar)
  }

  @Test(
    arguments: [
      "\u{0}", "\u{7}", "\u{1b}", "\u{7f}", "\u{9b}", "日", "😀", "\u{301}", "\u{200d}", "\u{202e}",
      "\u{fe0f}",
    ] as [Unicode.Scalar])
  func `a character that is not one column wide becomes a question mark`(_ scalar: Unicode.Scalar) {
    #expect(Self.translation(unicode: true).drawable(scalar) == "?")
    #expect(Self.translation(unicode: false).drawable(scalar) == "?")
  }

  @Test(
    arguments: [
      ("×", "x"), ("±", "+"), ("…", "."), ("─", "-"), ("│", "|"), ("┼", "+"), ("█", "#"),
      ("▁", "#"), ("↑", "^"), ("↓", "v"), ("←", "<"), ("→", ">"), ("⣿", ":"), ("日", "?"),
    ] as [(Unicode.Scalar, Unicode.Scalar)])
  func `beyond ASCII there is a look-alike`(_ pair: (scalar: Unicode.Scalar, ascii: Unicode.Scalar))
  {
    #expect(Self.translation(unicode: false).drawable(pair.scalar) == pair.ascii)
  }

  @Test func `every scalar becomes printable ASCII where nothing else is drawn`() {
    let translation = Self.translation(unicode: false)
    for value in UInt32(0)...0x10ffff {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let drawn = translation.drawable(scalar).value
      if !(0x20..<0x7f).contains(drawn) { Issue.record("U+\(String(value, radix: 16))") }
    }
  }

  @Test func `cells carry character, colours and emphasis`() throws {
    let theme = try ShippedThemes.library.theme(named: "lathe-dark")
    let translation = CellTranslation(
      table: theme.table(depth: .palette, colorCount: 256), unicode: false)
    var frame: [ct_cell] = []
    translation.translate(
      [Cell("a", Style(.accent)), Cell("b"), Cell("×", Style(.role(.text), on: .heat(8)))],
      into: &frame)
    #expect(frame.map(\.character) == [97, 98, 120])
    #expect(frame.map(\.foreground) == [222, 252, 16])
    #expect(frame.map(\.background) == [234, 234, 229])
    #expect(frame.map(\.attributes) == [UInt32(Attributes.bold.rawValue), 0, 0])
  }

  @Test func `a frame of the same size reuses its storage`() {
    let translation = Self.translation(unicode: true)
    let cells = Array(repeating: Cell("a"), count: 12_000)
    var frame: [ct_cell] = []
    translation.translate(cells, into: &frame)
    let storage = unsafe frame.withUnsafeBufferPointer { $0.baseAddress }
    translation.translate(cells, into: &frame)
    #expect(unsafe frame.withUnsafeBufferPointer { $0.baseAddress } == storage)
  }
}
