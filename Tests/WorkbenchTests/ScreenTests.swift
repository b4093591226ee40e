import EngineProtocol
import Model
import Testing

@testable import Workbench

/// Whole screens against files a person has read.
@Suite struct ScreenTests {
  static let sizes = [
    Size(columns: 60, rows: 16), Size(columns: 80, rows: 24), Size(columns: 120, rows: 36),
    Size(columns: 200, rows: 60),
  ]

  /// A plan with everything in it: dropped experts, mixed bits, switched-off halves; measured.
  private func edited(_ size: Size) -> Bench {
    var bench = Bench.ready(size: size)
    bench.press("ll<space>l--jvll--<esc>")
    bench.press(":bits 3 down 4.*<enter>:drop moe 5<enter>:drop attention 6<enter>")
    bench.press(":drop block 7<enter>:bits 8 q 0..3<enter>")
    bench.measure(damage: 0.02)
    bench.wait(milliseconds: 5000)
    return bench
  }

  private func name(_ size: Size) -> String { "\(size.columns)x\(size.rows)" }

  @Test(arguments: sizes) func `the expert map of an edited plan`(size: Size) throws {
    try Golden.check(edited(size).screen(), "experts-\(name(size))")
  }

  @Test(arguments: sizes) func `the layers of an edited plan`(size: Size) throws {
    var bench = edited(size)
    bench.press("2lll")
    try Golden.check(bench.screen(), "layers-\(name(size))")
  }

  @Test(arguments: [ColorDepth.palette, .sixteen, .mono], [true, false])
  func `both views with fewer colours and characters`(colors: ColorDepth, unicode: Bool) throws {
    var bench = edited(Size(columns: 80, rows: 24))
    let suffix = "80x24-\(colors.rawValue)-\(unicode ? "unicode" : "ascii")"
    let experts = bench.screen(colors: colors, unicode: unicode)
    try Golden.check(experts, "experts-\(suffix)")
    bench.press("2")
    try Golden.check(bench.screen(colors: colors, unicode: unicode), "layers-\(suffix)")
  }

  @Test func `a large model scrolls both ways around the cursor`() throws {
    var bench = Bench.ready(
      Sample.spec(blocks: 61, experts: 256, perToken: 8, dense: 3, shared: true, name: "large"),
      size: Size(columns: 100, rows: 30))
    bench.press("G<end>kkhh<space>")
    bench.wait(milliseconds: 300)
    try Golden.check(bench.screen(), "experts-large-100x30")
    bench.press("2")
    try Golden.check(bench.screen(), "layers-large-100x30")
  }

  @Test func `the first frame says what is being opened`() throws {
    try Golden.check(Bench(size: Size(columns: 80, rows: 24)).screen(), "opening-80x24")
  }

  @Test func `the map is there before its scores`() throws {
    var bench = Bench(size: Size(columns: 80, rows: 24))
    bench.open()
    let job = bench.acceptJob()
    bench.progress(job: job, fraction: 0.3, stage: "block 3 of 8")
    try Golden.check(bench.screen(), "calibrating-80x24")
  }

  @Test func `a measurement before the last edit is stale`() throws {
    var bench = edited(Size(columns: 120, rows: 36))
    bench.press("<space>")
    try Golden.check(bench.screen(), "stale-120x36")
  }

  @Test func `a running measurement with partial results`() throws {
    var bench = Bench.ready(size: Size(columns: 120, rows: 36))
    bench.press("<space>")
    bench.wait(milliseconds: 5000)
    let job = bench.acceptJob()
    bench.progress(
      job: job, fraction: 0.42,
      partial: Sample.evaluation(bench.spec, plan: Fingerprint(), damage: 0.04, fraction: 0.42))
    try Golden.check(bench.screen(), "measuring-120x36")
  }

  @Test func `help lists the keys of the view`() throws {
    var bench = Bench.ready(size: Size(columns: 100, rows: 36))
    bench.press("?")
    try Golden.check(bench.screen(), "help-100x36")
    bench.press("G")
    try Golden.check(bench.screen(), "help-end-100x36")
  }

  @Test func `a screen that is too small says what is needed`() throws {
    var bench = Bench.ready()
    bench.send(.input(.resize(Size(columns: 40, rows: 10))))
    try Golden.check(bench.screen(), "too-small-40x10")
  }

  @Test func `a wrong edit at the prompt`() throws {
    var bench = Bench.ready(size: Size(columns: 80, rows: 24))
    bench.press(":drop experts 3.5, 3.99<enter>")
    try Golden.check(bench.screen(), "prompt-error-80x24")
  }

  @Test func `a filter and a range say what edits are about`() throws {
    var bench = Bench.ready(size: Size(columns: 80, rows: 24))
    bench.press("/load < 0.3x<enter>")
    try Golden.check(bench.screen(), "filter-80x24")
    bench.press("<esc>jllvjll")
    bench.wait(milliseconds: 5000)
    try Golden.check(bench.screen(), "range-80x24")
  }

  @Test func `a plan that is not saved is asked about`() throws {
    var bench = Bench.ready(size: Size(columns: 80, rows: 24))
    bench.press("<space>q")
    try Golden.check(bench.screen(), "quit-80x24")
  }

  @Test func `an engine that keeps ending`() throws {
    var bench = edited(Size(columns: 80, rows: 24))
    for _ in 0..<3 { bench.send(.exited(reason: "killed by signal 9")) }
    try Golden.check(bench.screen(), "engine-stopped-80x24")
  }

  @Test func `rendering one state twice gives one frame`() {
    let bench = edited(Size(columns: 120, rows: 36))
    #expect(bench.screen() == bench.screen())
  }

  @Test func `on a screen that is too small only leaving and suspending act`() {
    var bench = Bench.ready()
    bench.send(.input(.resize(Size(columns: 40, rows: 10))))
    let before = bench.state
    bench.press("<space>j2:?vx")
    bench.click(5, 5)
    #expect(bench.state == before)
    bench.press("<C-z>q")
    #expect(bench.effects == [.suspend, .quit])
  }

  @Test func `leaving a screen that is too small asks once when edits are not saved`() {
    var bench = Bench.ready()
    bench.press("<space>")
    bench.send(.input(.resize(Size(columns: 40, rows: 10))))
    bench.press("q")
    #expect(!bench.effects.contains(.quit))
    #expect(bench.text().contains("Edits are not saved"))
    bench.press("q")
    #expect(bench.effects.last == .quit)
  }

  @Test func `text from outside cannot steer the terminal or break the grid`() {
    var spec = Sample.spec()
    spec.name = "evil\u{1B}[2J\u{202E}模型\u{0301}é"
    let bench = Bench.ready(spec)
    let screen = bench.screen()
    #expect(screen.text(row: 0).contains("evil?[2J????é"))
    let ascii = bench.screen(unicode: false)
    #expect(ascii.cells.allSatisfy { $0.character.isASCII && $0.character.value >= 0x20 })
  }

  @Test func `every screen in ASCII is ASCII`() {
    for view in ["1", "2", "?", ":", "/", "vjl"] {
      var bench = edited(Size(columns: 120, rows: 36))
      bench.press(view)
      let screen = bench.screen(colors: .mono, unicode: false)
      #expect(screen.cells.allSatisfy { $0.character.isASCII })
      #expect(!screen.cells.contains { $0.character == "?" && view != "?" && $0.style == Style() })
    }
  }
}
