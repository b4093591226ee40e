import Testing

@testable import Workbench

/// The one registry behind keys, help and footer.
@Suite struct RegistryTests {
  @Test func `every name has exactly one command`() {
    let ids = Command.all.map(\.id)
    #expect(Set(ids).count == ids.count)
    #expect(Set(ids) == Set(CommandID.allCases))
  }

  @Test func `no two commands share a key in one context`() {
    for context in Command.Context.allCases {
      var seen: [[Key]: CommandID] = [:]
      for command in Command.all where command.contexts.contains(context) {
        for keys in command.keys {
          #expect(seen[keys] == nil, "\(keys) in \(context): \(command.id)")
          seen[keys] = command.id
        }
      }
    }
  }

  @Test func `no key is both a command and the start of a longer one`() {
    for context in Command.Context.allCases {
      let all = Command.all.filter { $0.contexts.contains(context) }.flatMap(\.keys)
      for keys in all where keys.count > 1 { #expect(!all.contains([keys[0]])) }
    }
  }

  @Test func `every command has a title, a sentence and a key`() {
    for command in Command.all {
      #expect(!command.title.isEmpty)
      #expect(command.doc.hasSuffix("."), "\(command.id)")
      #expect(!command.keys.isEmpty, "\(command.id)")
    }
  }

  @Test func `help and quit are always on the last row`() {
    for columns in [60, 80, 120, 200] {
      for view in ["1", "2"] {
        var bench = Bench.ready(size: Size(columns: columns, rows: 24))
        bench.press(view)
        let row = bench.screen().text(row: 23)
        #expect(row.contains("? help") && row.contains("q quit"), "\(columns)")
      }
    }
  }

  @Test func `the help lists every command of the view`() {
    var bench = Bench.ready(size: Size(columns: 120, rows: 200))
    for (key, context) in [("1", Command.Context.experts), ("2", .layers)] {
      bench.press("\(key)?")
      let text = bench.text()
      for command in Command.all where command.contexts.contains(context) {
        #expect(text.contains(command.title), "\(command.id)")
      }
      bench.press("<esc>")
    }
  }

  @Test func `a command that cannot be run says why and changes nothing`() {
    var bench = Bench.ready()
    bench.press("U")
    #expect(bench.state.toast?.text == "redo: there is nothing to redo")
    var early = Bench()
    early.press("m")
    #expect(early.state.toast?.text == "next metric: no model is open yet")
    early.open()
    early.press("m")
    #expect(
      early.state.toast?.text == "next metric: the calibration pass has not finished yet")
  }

  @Test func `a key of another view says where it works`() {
    var bench = Bench.ready()
    bench.press("2m")
    #expect(bench.state.toast?.text == "m works in Experts (1)")
    bench.press("J")
    #expect(bench.state.toast?.text == "J does nothing here; ? lists the keys")
  }
}
