import EngineProtocol
import Model
import Testing

@testable import Workbench

/// Saving, opening, leaving.
@Suite struct FileTests {
  private func saves(_ bench: Bench) -> [(path: String, overwrite: Bool)] {
    bench.effects.compactMap {
      if case .savePlan(_, let path, let overwrite) = $0 { (path, overwrite) } else { nil }
    }
  }

  @Test func `the first save asks where and suggests a name`() {
    var bench = Bench.ready()
    bench.press("<space>w")
    guard case .prompt(let prompt) = bench.state.mode else {
      Issue.record("no prompt")
      return
    }
    #expect(prompt.line == "w demo.plan.json")
    bench.press("<enter>")
    #expect(saves(bench).map(\.path) == ["demo.plan.json"])
    #expect(saves(bench).map(\.overwrite) == [false])
  }

  @Test func `a saved plan counts as saved until the next edit`() {
    var bench = Bench.ready()
    bench.press("<space>:w a.json<enter>")
    #expect(bench.state.session?.isUnsaved == true)
    bench.send(.planSaved(path: "a.json"))
    #expect(bench.state.session?.isUnsaved == false)
    bench.press("l<space>")
    #expect(bench.state.session?.isUnsaved == true)
    bench.press("u")
    #expect(bench.state.session?.isUnsaved == false)
  }

  @Test func `an edit made while saving is not taken for saved`() {
    var bench = Bench.ready()
    bench.press("<space>:w a.json<enter>l<space>")
    bench.send(.planSaved(path: "a.json"))
    #expect(bench.state.session?.isUnsaved == true)
  }

  @Test func `a file that is there is written over only after yes`() {
    var bench = Bench.ready()
    bench.press("<space>:w a.json<enter>")
    bench.send(.planExists(path: "a.json"))
    #expect(bench.text().contains("a.json is there already"))
    bench.press("n")
    #expect(saves(bench).count == 1)
    bench.press(":w a.json<enter>")
    bench.send(.planExists(path: "a.json"))
    bench.press("y")
    #expect(saves(bench).map(\.overwrite) == [false, false, true])
  }

  @Test func `saving again goes to the same file without asking`() {
    var bench = Bench.ready()
    bench.press("<space>:w a.json<enter>")
    bench.send(.planSaved(path: "a.json"))
    bench.press("l<space>w")
    #expect(saves(bench).last.map { $0.path } == "a.json")
    #expect(saves(bench).last.map { $0.overwrite } == true)
  }

  @Test func `a failed save says why and the plan stays unsaved`() {
    var bench = Bench.ready()
    bench.press("<space>:wq /x/a.json<enter>")
    bench.send(.planSaveFailed(path: "/x/a.json", reason: "no such folder"))
    #expect(bench.state.toast?.text.contains("no such folder") == true)
    #expect(bench.state.session?.isUnsaved == true)
    #expect(!bench.effects.contains(.quit))
  }

  @Test func `q leaves at once when nothing is unsaved`() {
    var bench = Bench.ready()
    bench.press("q")
    #expect(bench.effects == [.quit])
  }

  @Test func `q asks when edits are not saved and n stays`() {
    var bench = Bench.ready()
    bench.press("<space>q")
    #expect(bench.state.mode == .question(.quit))
    bench.press("n")
    #expect(bench.state.mode == .browse)
    #expect(!bench.effects.contains(.quit))
    bench.press("qy")
    #expect(bench.effects.last == .quit)
  }

  @Test func `s at the question saves and then leaves`() {
    var bench = Bench.ready()
    bench.press("<space>qs<enter>")
    #expect(saves(bench).map(\.path) == ["demo.plan.json"])
    #expect(!bench.effects.contains(.quit))
    bench.send(.planSaved(path: "demo.plan.json"))
    #expect(bench.effects.last == .quit)
  }

  @Test func `control-C asks once and leaves the second time`() {
    var bench = Bench.ready()
    bench.press("<space><C-c>")
    #expect(bench.state.mode == .question(.quit))
    bench.press("<C-c>")
    #expect(bench.effects.last == .quit)
  }

  @Test func `Esc never leaves`() {
    var bench = Bench.ready()
    bench.press("<esc><esc>?<esc><esc>:<esc>/<esc><esc>v<esc><esc>")
    #expect(!bench.effects.contains(.quit))
  }

  @Test func `an opened plan replaces the empty one and counts as saved`() throws {
    var plan = Plan(for: Sample.spec())
    try plan.apply(Edit(parsing: "drop moe 3"), spec: Sample.spec(), profile: nil)
    var bench = Bench.ready()
    bench.press(":o a.json<enter>")
    #expect(bench.effects == [.loadPlan(path: "a.json")])
    bench.send(.planLoaded(PlanFile(plan, of: bench.spec), path: "a.json"))
    #expect(bench.state.session?.plan.steps.count == 1)
    #expect(bench.state.session?.isUnsaved == false)
    #expect(bench.state.unsavedPlan == nil)
  }

  @Test func `an opened plan replaces unsaved edits only after yes`() {
    let file = PlanFile(Plan(for: Sample.spec()), of: Sample.spec())
    var bench = Bench.ready()
    bench.press("<space>")
    bench.send(.planLoaded(file, path: "a.json"))
    bench.press("n")
    #expect(bench.state.session?.plan.steps.count == 1)
    bench.send(.planLoaded(file, path: "a.json"))
    bench.press("y")
    #expect(bench.state.session?.plan.steps.isEmpty == true)
  }

  @Test func `a plan of another model is refused and the plan stays`() {
    let other = Sample.spec(name: "other")
    var bench = Bench.ready()
    bench.send(.planLoaded(PlanFile(Plan(for: other), of: other), path: "a.json"))
    #expect(bench.state.toast?.text.contains("it was made for other") == true)
  }

  @Test func `a plan read before the model is open waits for it`() throws {
    var plan = Plan(for: Sample.spec())
    try plan.apply(Edit(parsing: "drop moe 3"), spec: Sample.spec(), profile: nil)
    var bench = Bench()
    bench.send(.planLoaded(PlanFile(plan, of: bench.spec), path: "a.json"))
    bench.open()
    #expect(bench.state.session?.plan.steps.count == 1)
  }
}
