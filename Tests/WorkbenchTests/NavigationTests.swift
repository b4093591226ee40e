import Model
import Testing

@testable import Workbench

/// Moving, looking, the mouse, the clock.
@Suite struct NavigationTests {
  /// The screen cell of an expert.
  private func place(_ bench: Bench, _ block: Int, _ expert: Int) throws -> (Int, Int) {
    let map = try #require(Layout(bench.state, size: bench.state.size).map)
    return (map.column(of: expert), map.row(of: block))
  }

  @Test func `the cursor stops at the edges and jumps to the ends`() {
    var bench = Bench.ready()
    bench.press("hk")
    #expect(bench.state.expertAtCursor == ExpertID(block: 0, expert: 0))
    bench.press("G<end>lj")
    #expect(bench.state.expertAtCursor == ExpertID(block: 7, expert: 15))
    bench.press("gg<home>")
    #expect(bench.state.expertAtCursor == ExpertID(block: 0, expert: 0))
  }

  @Test func `a page moves by what is on screen and the cursor stays in view`() throws {
    var bench = Bench.ready(
      Sample.spec(blocks: 61, experts: 256), size: Size(columns: 80, rows: 24))
    let first = try #require(Layout(bench.state, size: bench.state.size).map)
    bench.press("<pgdn>L")
    #expect(bench.state.block == first.blocks.count)
    #expect(bench.state.expert == first.experts.count)
    let next = try #require(Layout(bench.state, size: bench.state.size).map)
    #expect(next.blocks.contains(bench.state.block))
    #expect(next.experts.contains(bench.state.expert))
  }

  @Test func `a click moves the cursor and a double click drops`() throws {
    var bench = Bench.ready()
    let (column, row) = try place(bench, 3, 7)
    bench.click(column, row)
    #expect(bench.state.expertAtCursor == ExpertID(block: 3, expert: 7))
    #expect(bench.state.session?.isPlanEmpty == true)
    bench.time += 200
    bench.click(column, row)
    #expect(bench.state.session?.plan.steps.map { "\($0.said)" } == ["drop experts 3.7"])
  }

  @Test func `two slow clicks drop nothing`() throws {
    var bench = Bench.ready()
    let (column, row) = try place(bench, 3, 7)
    bench.click(column, row)
    bench.time += 900
    bench.click(column, row)
    #expect(bench.state.session?.isPlanEmpty == true)
  }

  @Test func `dragging marks the rectangle and space drops it`() throws {
    var bench = Bench.ready()
    let (left, top) = try place(bench, 1, 2)
    let (right, bottom) = try place(bench, 2, 4)
    bench.send(.input(.mouse(Mouse(.press, column: left, row: top))))
    bench.send(.input(.mouse(Mouse(.drag, column: right, row: top))))
    bench.send(.input(.mouse(Mouse(.drag, column: right, row: bottom))))
    bench.send(.input(.mouse(Mouse(.release, column: right, row: bottom))))
    bench.press("<space>")
    #expect(
      bench.state.session?.plan.steps.map { "\($0.said)" } == ["drop experts 1.2..4, 2.2..4"])
  }

  @Test func `the wheel scrolls, tabs and footer can be clicked`() throws {
    var bench = Bench.ready()
    bench.send(.input(.mouse(Mouse(.wheelDown, column: 30, row: 10))))
    #expect(bench.state.block == 3)
    let layout = Layout(bench.state, size: bench.state.size)
    let tab = try #require(layout.tabs.last)
    bench.click(tab.columns.lowerBound + 1, 0)
    #expect(bench.state.view == .layers)
    let help = try #require(
      Layout(bench.state, size: bench.state.size).footer.first { $0.command == .help })
    bench.click(help.columns.lowerBound, layout.footerRow)
    #expect(bench.state.mode == .help(scroll: 0))
  }

  @Test func `every cell of the map that is drawn can be clicked`() throws {
    for size in ScreenTests.sizes {
      let bench = Bench.ready(size: size)
      let layout = Layout(bench.state, size: size)
      let map = try #require(layout.map)
      for block in map.blocks {
        for expert in map.experts {
          let target = layout.target(map.column(of: expert), map.row(of: block))
          #expect(target == .expert(block: block, column: expert))
        }
      }
    }
  }

  @Test func `a click in the layers view reaches block and part`() throws {
    var bench = Bench.ready()
    bench.press("2")
    let layers = try #require(Layout(bench.state, size: bench.state.size).layers)
    let down = try #require(
      bench.state.session?.layerColumns.firstIndex(of: .down))
    let field = try #require(layers.fields.first { $0.field == .part(down) })
    bench.click(field.columns.upperBound - 2, layers.top + 4)
    #expect(bench.state.block == 4)
    #expect(bench.state.layerColumnAtCursor == .down)
  }

  @Test func `the metrics go round and each has a legend with its numbers`() {
    var bench = Bench.ready()
    for metric in Metric.allCases {
      #expect(bench.state.metric == metric)
      #expect(bench.screen().text(row: 1).contains(metric.title))
      bench.press("m")
    }
    #expect(bench.state.metric == .load)
    bench.press("M")
    #expect(bench.state.metric == Metric.allCases.last)
  }

  @Test func `load starts on the rank scale and greater-than goes through the scales`() {
    var bench = Bench.ready()
    #expect(bench.state.scale == .rank)
    bench.press(">")
    #expect(bench.state.scale == .linear)
    #expect(bench.screen().text(row: 1).contains("linear scale"))
    bench.press("<lt>")
    #expect(bench.state.scale == .rank)
  }

  @Test func `a message goes away after four seconds`() {
    var bench = Bench.ready()
    bench.press("U")
    #expect(bench.state.nextWake == bench.time + 4000)
    bench.wait(milliseconds: 3999)
    #expect(bench.state.toast != nil)
    bench.wait(milliseconds: 1)
    #expect(bench.state.toast == nil)
  }

  @Test func `an idle workbench wakes no more than once a minute`() {
    var bench = Bench.ready()
    bench.wait(milliseconds: 10_000)
    #expect((bench.state.nextWake ?? .max) - bench.time >= 50_000)
  }

  @Test func `T goes through the themes and y copies the cursor's figures`() {
    var bench = Bench.ready()
    bench.press("T")
    #expect(bench.effects == [.useTheme("light")])
    bench.forgetEffects()
    bench.press("y")
    guard case .copy(let text)? = bench.effects.first else {
      Issue.record("nothing was copied")
      return
    }
    #expect(text.hasPrefix("demo expert 0.0"))
    #expect(text.contains("router load"))
  }

  @Test func `engine events never move the cursor`() {
    var bench = Bench.ready()
    bench.press("jjll<space>")
    let before = (bench.state.block, bench.state.expert, bench.state.view)
    bench.measure(damage: 0.1)
    bench.send(.exited(reason: "signal 9"))
    bench.open()
    #expect((bench.state.block, bench.state.expert, bench.state.view) == before)
  }

  @Test func `scores of an expert that few tokens reached are marked`() throws {
    var bench = Bench.ready()
    let profile = try #require(bench.state.session?.profile)
    let rare = try #require(
      bench.spec.experts.first { (profile.expert($0)?.tokens ?? 99) < 64 })
    bench.press(String(repeating: "j", count: rare.block))
    bench.press(String(repeating: "l", count: rare.expert))
    #expect(bench.text().contains("few: scores unreliable"))
  }
}
