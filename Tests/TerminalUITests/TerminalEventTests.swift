import CTerm
import TerminalUI
import Testing
import Workbench

struct TerminalEventTests {
  private func event(
    _ kind: ct_kind, code: UInt32 = 0, change: (inout ct_event) -> Void = { _ in }
  ) -> TerminalEvent? {
    var event = ct_event()
    event.kind = kind
    event.code = code
    change(&event)
    return TerminalEvent(event) { "pasted" }
  }

  @Test func `characters and letters held with control are keys`() {
    #expect(event(CT_CHARACTER, code: 0xe9) == .input(.key(.character("é"))))
    #expect(event(CT_CONTROL, code: 0x63) == .input(.key(.control("c"))))
  }

  @Test(
    arguments: [
      (CT_KEY_ENTER, .enter), (CT_KEY_ESCAPE, .escape), (CT_KEY_TAB, .tab),
      (CT_KEY_BACK_TAB, .backTab), (CT_KEY_BACKSPACE, .backspace), (CT_KEY_DELETE, .delete),
      (CT_KEY_UP, .up), (CT_KEY_DOWN, .down), (CT_KEY_LEFT, .left), (CT_KEY_RIGHT, .right),
      (CT_KEY_HOME, .home), (CT_KEY_END, .end), (CT_KEY_PAGE_UP, .pageUp),
      (CT_KEY_PAGE_DOWN, .pageDown),
    ] as [(ct_key, Key)])
  func `named keys keep their names`(_ pair: (code: ct_key, key: Key)) {
    #expect(event(CT_KEY, code: pair.code.rawValue) == .input(.key(pair.key)))
  }

  @Test func `function keys are numbered`() {
    let reported = event(CT_KEY, code: CT_KEY_FUNCTION.rawValue) { $0.number = 12 }
    #expect(reported == .input(.key(.function(12))))
  }

  @Test(
    arguments: [
      (CT_PRESS, .press), (CT_RELEASE, .release), (CT_DRAG, .drag), (CT_WHEEL_UP, .wheelUp),
      (CT_WHEEL_DOWN, .wheelDown),
    ] as [(ct_mouse_action, Mouse.Action)])
  func `the mouse tells what, which button and where`(
    _ pair: (reported: ct_mouse_action, action: Mouse.Action)
  ) {
    let reported = event(CT_MOUSE) {
      $0.action = pair.reported
      $0.button = CT_RIGHT
      $0.column = 7
      $0.row = 3
    }
    #expect(reported == .input(.mouse(Mouse(pair.action, .right, column: 7, row: 3))))
  }

  @Test func `pasted text and new sizes are input`() {
    #expect(event(CT_PASTE) == .input(.paste("pasted")))
    let resized = event(CT_RESIZE) {
      $0.column = 80
      $0.row = 24
    }
    #expect(resized == .input(.resize(Size(columns: 80, rows: 24))))
  }

  @Test func `wake-ups, requests to end and a lost terminal are told apart`() {
    #expect(event(CT_WAKE) == .wake)
    #expect(event(CT_TERMINATE) == .terminate)
    #expect(event(CT_HANGUP) == .hangup)
    #expect(event(CT_CLOSED) == .closed)
    #expect(event(CT_NOTHING) == nil)
  }
}
