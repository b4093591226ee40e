import Model
import Testing

@testable import Workbench

/// Numbers and texts as they stand on screen.
@Suite struct FigureTests {
  @Test(arguments: [
    (0.0, "0"), (1.0, "1.00"), (9.994, "9.99"), (9.996, "10.0"), (19.244, "19.2"),
    (999.6, "1000"), (0.0123, "0.0123"), (0.09999, "0.100"), (0.5, "0.500"), (-2.5, "−2.50"),
    (1234.5, "1235"), (1e-7, "1.00e-7"), (3.2e9, "3.20e9"), (.infinity, "–"), (.nan, "–"),
  ]) func `three significant digits`(value: Double, text: String) {
    #expect(Figure.significant(value) == text)
  }

  @Test(arguments: [
    (0, "0 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (32_635_392, "31.1 MiB"),
    (93_405_585_408, "87.0 GiB"),
  ]) func `bytes come in powers of 1024`(bytes: Int, text: String) {
    #expect(Figure.bytes(bytes) == text)
  }

  @Test func `other figures`() {
    #expect(Figure.count(10_200) == "10.2k")
    #expect(Figure.percent(0.995) == "99.5 %")
    #expect(Figure.signed(0.374, 2) == "+0.37")
    #expect(Figure.signed(-0.001, 2) == "−0.00")
    #expect(Figure.duration(seconds: 0.84) == "0.8 s")
    #expect(Figure.duration(seconds: 600) == "10 min")
    #expect(Figure.age(milliseconds: 59_999) == "just now")
    #expect(Figure.age(milliseconds: 120_000) == "2 min ago")
    #expect(Figure.age(milliseconds: 47 * 3_600_000) == "47 h ago")
    #expect(Figure.age(milliseconds: 49 * 3_600_000) == "2 days ago")
    #expect(Figure.fixed(1e300, 2) == "1e+300")
  }

  @Test func `long texts break at blanks and nowhere else unless they must`() {
    #expect(wrapped("a bb ccc", width: 4) == ["a bb", "ccc"])
    #expect(wrapped("abcdefgh i", width: 3) == ["abc", "def", "gh", "i"])
    #expect(wrapped("", width: 3).isEmpty)
  }

  @Test func `only characters one column wide reach a cell`() {
    let unsafe: [Unicode.Scalar] = [
      "\u{0}", "\u{7}", "\u{1B}", "\u{7F}", "\u{9B}", "\u{AD}", "\u{300}", "\u{5D0}", "\u{200B}",
      "\u{202E}", "\u{2028}", "模", "가", "😀", "\u{FE0F}", "\u{FF21}", "\u{E000}", "⌚", "◾",
    ]
    for scalar in unsafe {
      #expect(scalar.cell(unicode: true) == "?", "\(scalar.value)")
      #expect(scalar.cell(unicode: false) == "?", "\(scalar.value)")
    }
    for scalar in "aé×−…█▁░│─→ж≥".unicodeScalars { #expect(scalar.cell(unicode: true) == scalar) }
  }

  @Test func `a rank scale spreads heavy-tailed values evenly and equal values alike`() throws {
    let spec = Sample.spec()
    let profile = Sample.profile(spec)
    let rank = HeatMap(.load, .rank, of: profile, spec)
    var counts = [Int](repeating: 0, count: Paint.heatLevels)
    for id in spec.experts { counts[Int(rank.level(id.block, id.expert))] += 1 }
    #expect(counts.min() ?? 0 >= 12)
    #expect(counts.max() ?? 0 <= 16)
    let tokens = HeatMap(.moeImportance, .linear, of: profile, spec)
    #expect(tokens.level(0, 0) == tokens.level(0, 15))
    #expect(tokens.level(0, 0) == 8)
    #expect(tokens.level(7, 0) == 0)
  }

  @Test func `a score that is not finite has no shade`() {
    let spec = Sample.spec()
    var profile = Sample.profile(spec)
    profile.blocks[1].experts[2].load = .nan
    let map = HeatMap(.load, .linear, of: profile, spec)
    #expect(map.level(1, 2) == HeatMap.none)
    #expect(map.level(1, 3) != HeatMap.none)
  }
}
