/// A key as a person names it.
public enum Key: Hashable, Sendable {
  case character(Unicode.Scalar)
  /// A letter held with control, lower case: `.control("c")`.
  case control(Unicode.Scalar)
  case enter, escape, tab, backTab, backspace, delete
  case up, down, left, right, home, end, pageUp, pageDown
  case function(Int)
}

/// A mouse action at a cell, both counted from 0 at the top left.
public struct Mouse: Hashable, Sendable {
  /// What happened.
  public enum Action: Hashable, Sendable {
    case press, release, drag, wheelUp, wheelDown
  }

  /// A mouse button.
  public enum Button: Hashable, Sendable {
    case left, middle, right
  }

  /// What happened.
  public var action: Action
  /// Which button; meaningless for the wheel.
  public var button: Button
  /// Column of the cell.
  public var column: Int
  /// Row of the cell.
  public var row: Int

  /// A mouse action.
  public init(_ action: Action, _ button: Button = .left, column: Int, row: Int) {
    self.action = action
    self.button = button
    self.column = column
    self.row = row
  }
}

/// What a terminal sends.
public enum Input: Hashable, Sendable {
  case key(Key)
  case mouse(Mouse)
  case paste(String)
  case resize(Size)
}
