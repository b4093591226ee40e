import Model
import Testing

@testable import Workbench

/// The line after `:` and `/`.
@Suite struct PromptTests {
  @Test func `any edit of the language can be typed`() throws {
    var bench = Bench.ready()
    bench.press(":bits 4 experts<enter>")
    #expect(bench.state.mode == .browse)
    #expect(try #require(bench.state.session).ledger.averageBits < 8)
  }

  @Test func `a wrong edit stays in place with the reason until it is changed`() throws {
    var bench = Bench.ready()
    bench.press(":drop expertz 3<enter>")
    guard case .prompt(let prompt) = bench.state.mode else {
      Issue.record("the prompt has closed")
      return
    }
    #expect(prompt.line == "drop expertz 3")
    #expect(prompt.problem?.contains("\"expertz\"") == true)
    bench.press("<bs>")
    guard case .prompt(let changed) = bench.state.mode else { return }
    #expect(changed.problem == nil)
  }

  @Test func `Esc leaves the prompt and changes nothing`() {
    var bench = Bench.ready()
    bench.press(":drop experts 3.5<esc>")
    #expect(bench.state.mode == .browse)
    #expect(bench.state.session?.isPlanEmpty == true)
  }

  @Test func `up brings back lines typed before`() {
    var bench = Bench.ready()
    bench.press(":drop experts 3.5<enter>:drop experts 3.6<enter>:<up><up>")
    guard case .prompt(let prompt) = bench.state.mode else { return }
    #expect(prompt.line == "drop experts 3.5")
  }

  @Test func `the caret moves inside the line`() {
    var bench = Bench.ready()
    bench.press(":rop<home>d<end> moe 3<enter>")
    #expect(bench.state.session?.plan.steps.map { "\($0.said)" } == ["drop moe 3"])
  }

  @Test func `a paste goes into the prompt on one line without control characters`() {
    var bench = Bench.ready()
    bench.press(":")
    bench.send(.input(.paste("drop\nmoe\u{1B}[31m 3")))
    guard case .prompt(let prompt) = bench.state.mode else { return }
    #expect(prompt.line == "drop moe[31m 3")
  }

  @Test func `equals offers an edit of the marked experts' bits`() {
    var bench = Bench.ready()
    bench.press("vl=")
    guard case .prompt(let prompt) = bench.state.mode else { return }
    #expect(prompt.line == "bits 4 experts 0.0..1")
    #expect(prompt.caret == 6)
  }

  @Test func `a wrong rule stays in place and an empty one ends the filter`() {
    var bench = Bench.ready()
    bench.press("/load <<enter>")
    guard case .prompt(let prompt) = bench.state.mode else {
      Issue.record("the prompt has closed")
      return
    }
    #expect(prompt.problem != nil)
    bench.press("<lt> 1<esc>")
    #expect(bench.state.session?.filter == nil)
    bench.press("/load < 1<enter>/<C-u><enter>")
    #expect(bench.state.session?.filter == nil)
  }
}
