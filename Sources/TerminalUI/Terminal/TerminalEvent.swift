import CTerm
import Workbench

/// What ended a wait.
public enum TerminalEvent: Hashable, Sendable {
  /// A key, the mouse, pasted text or a new size.
  case input(Input)
  /// Another thread called `Terminal.wake()`; several calls may come as one.
  case wake
  /// Somebody asked the process to end: SIGTERM, SIGINT or SIGQUIT from outside.
  case terminate
  /// The connection to the terminal was cut: SIGHUP.
  case hangup
  /// The terminal is gone: nothing can be read or shown any more.
  case closed
}

extension TerminalEvent {
  /// The event of the shim's report, `nil` for one without meaning here.
  package init?(_ event: ct_event, paste: () -> String) {
    switch event.kind {
    case CT_WAKE: self = .wake
    case CT_TERMINATE: self = .terminate
    case CT_HANGUP: self = .hangup
    case CT_CLOSED: self = .closed
    default:
      guard let input = Input(event, paste: paste) else { return nil }
      self = .input(input)
    }
  }
}

extension Input {
  package init?(_ event: ct_event, paste: () -> String) {
    switch event.kind {
    case CT_CHARACTER:
      guard let scalar = Unicode.Scalar(event.code) else { return nil }
      self = .key(.character(scalar))
    case CT_CONTROL:
      guard let scalar = Unicode.Scalar(event.code) else { return nil }
      self = .key(.control(scalar))
    case CT_KEY:
      guard let key = Key(event) else { return nil }
      self = .key(key)
    case CT_MOUSE:
      self = .mouse(Mouse(event))
    case CT_PASTE:
      self = .paste(paste())
    case CT_RESIZE:
      self = .resize(Size(columns: Int(event.column), rows: Int(event.row)))
    default:
      return nil
    }
  }
}

extension Key {
  init?(_ event: ct_event) {
    switch ct_key(rawValue: event.code) {
    case CT_KEY_ENTER: self = .enter
    case CT_KEY_ESCAPE: self = .escape
    case CT_KEY_TAB: self = .tab
    case CT_KEY_BACK_TAB: self = .backTab
    case CT_KEY_BACKSPACE: self = .backspace
    case CT_KEY_DELETE: self = .delete
    case CT_KEY_UP: self = .up
    case CT_KEY_DOWN: self = .down
    case CT_KEY_LEFT: self = .left
    case CT_KEY_RIGHT: self = .right
    case CT_KEY_HOME: self = .home
    case CT_KEY_END: self = .end
    case CT_KEY_PAGE_UP: self = .pageUp
    case CT_KEY_PAGE_DOWN: self = .pageDown
    case CT_KEY_FUNCTION: self = .function(Int(event.number))
    default: return nil
    }
  }
}

extension Mouse {
  init(_ event: ct_event) {
    let action: Action =
      switch event.action {
      case CT_RELEASE: .release
      case CT_DRAG: .drag
      case CT_WHEEL_UP: .wheelUp
      case CT_WHEEL_DOWN: .wheelDown
      default: .press
      }
    let button: Button =
      switch event.button {
      case CT_MIDDLE: .middle
      case CT_RIGHT: .right
      default: .left
      }
    self.init(action, button, column: Int(event.column), row: Int(event.row))
  }
}
