import Model
import Testing

@testable import Workbench

/// What the keys do to the plan.
@Suite struct EditingTests {
  private func dropped(_ bench: Bench) -> [ExpertID] {
    guard let session = bench.state.session else { return [] }
    return session.spec.experts.filter {
      session.choices.blocks[$0.block].expertDropped[$0.expert]
    }
  }

  private func steps(_ bench: Bench) -> [String] {
    bench.state.session?.plan.steps.map { "\($0.said)" } ?? []
  }

  @Test func `space drops the expert under the cursor and the memory falls at once`() throws {
    var bench = Bench.ready()
    let before = try #require(bench.state.session).ledger.bytes
    bench.press("jjlll<space>")
    #expect(dropped(bench) == [ExpertID(block: 2, expert: 3)])
    #expect(try #require(bench.state.session).ledger.bytes < before)
    #expect(steps(bench) == ["drop experts 2.3"])
  }

  @Test func `space on a dropped expert keeps it again`() {
    var bench = Bench.ready()
    bench.press("<space><space>")
    #expect(dropped(bench).isEmpty)
    #expect(steps(bench) == ["drop experts 0.0", "keep experts 0.0"])
  }

  @Test func `a range becomes one compact edit`() {
    var bench = Bench.ready()
    bench.press("jllvjll<space>")
    #expect(steps(bench) == ["drop experts 1.2..4, 2.2..4"])
  }

  @Test func `a range with some dropped experts drops only the others`() {
    var bench = Bench.ready()
    bench.press("ll<space>hhvllll<space>")
    #expect(steps(bench) == ["drop experts 0.2", "drop experts 0.0..1, 0.3..4"])
  }

  @Test func `dropping more experts than the router can do without is refused with the reason`() {
    var bench = Bench.ready()
    bench.press("r<space>")
    #expect(dropped(bench).isEmpty)
    #expect(bench.state.toast?.text.contains("its router picks 2 per token") == true)
  }

  @Test func `a column is marked in every block`() {
    var bench = Bench.ready()
    bench.press("lllc<space>")
    #expect(dropped(bench).map(\.block) == Array(0..<8))
    #expect(Set(dropped(bench).map(\.expert)) == [3])
  }

  @Test func `minus goes down the ladder of bits and plus back up to as stored`() throws {
    var bench = Bench.ready()
    let id = ExpertID(block: 0, expert: 0)
    func bits() throws -> Int? {
      try #require(bench.state.session).choices.precision(of: .expert(id, .up)).bits
    }
    for expected in [8, 6, 5, 4, 3, 2] {
      bench.press("-")
      #expect(try bits() == expected)
    }
    bench.press("-")
    #expect(bench.state.toast?.text.contains("2 bits are the least") == true)
    bench.press("++++++")
    #expect(try bits() == nil)
    bench.press("+")
    #expect(bench.state.toast?.text.contains("as stored already") == true)
  }

  @Test func `bits of a mixed range fall from the highest`() {
    var bench = Bench.ready()
    bench.press("---lvh-")
    #expect(steps(bench).last == "bits 8 experts 0.0..1")
  }

  @Test func `the layers view sets the bits of one linear kind in marked blocks`() {
    var bench = Bench.ready()
    bench.press("2jllvjj-")
    #expect(steps(bench) == ["bits 8 q 1..3"])
    bench.press("<esc>lllll--")
    #expect(steps(bench).suffix(2) == ["bits 8 gate 3.*", "bits 6 gate 3.*"])
  }

  @Test func `space in the layers view drops what the column stands for`() {
    var bench = Bench.ready()
    bench.press("2<space>jl<space>jlllll<space>")
    #expect(steps(bench) == ["drop block 0", "drop attention 1", "drop moe 2"])
  }

  @Test func `x A and B drop a block's parts in either view`() {
    var bench = Bench.ready()
    bench.press("xjA2jB")
    #expect(steps(bench) == ["drop moe 0", "drop attention 1", "drop block 2"])
  }

  @Test func `a dense block has no experts to drop and says so`() {
    var bench = Bench.ready(Sample.spec(dense: 1))
    bench.press("gg<space>")
    #expect(steps(bench).isEmpty)
    #expect(bench.state.toast?.text.contains("block 0 is dense") == true)
    bench.press("x")
    #expect(bench.state.toast?.text.contains("no MoE layer") == true)
  }

  @Test func `bits of a dense block are set by its own linears`() {
    var bench = Bench.ready(Sample.spec(dense: 1))
    bench.press("gg2<end>-")
    #expect(steps(bench) == ["bits 8 linear 0.dense.down"])
  }

  @Test func `a filter makes edits apply to what the rule selects`() {
    var bench = Bench.ready()
    bench.press("/load < 0.05x<enter>")
    let matching = bench.state.markedExperts
    #expect(!matching.isEmpty)
    #expect(bench.text().contains("match the filter: edits apply to all of them"))
    bench.press("<space>")
    #expect(dropped(bench) == matching)
    #expect(steps(bench) == ["drop experts where load < 0.05x"])
  }

  @Test func `a range inside a filter edits only its matches`() {
    var bench = Bench.ready()
    bench.press("/expert in 0..3<enter>vlllllj-")
    #expect(steps(bench) == ["bits 8 experts 0.0..3, 1.0..3"])
  }

  @Test func `n and N go through the filter's matches`() {
    var bench = Bench.ready()
    bench.press("/expert = 5 and block in 2..3<enter>n")
    #expect(bench.state.expertAtCursor == ExpertID(block: 2, expert: 5))
    bench.press("nn")
    #expect(bench.state.expertAtCursor == ExpertID(block: 2, expert: 5))
    bench.press("N")
    #expect(bench.state.expertAtCursor == ExpertID(block: 3, expert: 5))
  }

  @Test func `undo and redo walk the plan and name the edit`() {
    var bench = Bench.ready()
    bench.press("<space>l<space>u")
    #expect(dropped(bench) == [ExpertID(block: 0, expert: 0)])
    #expect(bench.state.toast?.text == "undone: drop experts 0.1")
    bench.press("U")
    #expect(dropped(bench).count == 2)
    bench.press("uuu")
    #expect(dropped(bench).isEmpty)
    #expect(bench.state.toast?.text == "undo: there is nothing to undo")
  }

  @Test func `the details name the edit that dropped an expert as it was said`() {
    var bench = Bench.ready()
    bench.press(":drop experts where load < 0.05x<enter>n")
    bench.press("/load < 0.05x<enter>n<esc>")
    #expect(bench.text().contains("by \"drop experts where load < 0.05x\""))
  }
}
