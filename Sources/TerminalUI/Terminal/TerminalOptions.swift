import Workbench

/// What a person asked of the terminal; `nil` means: find out.
public struct TerminalOptions: Hashable, Sendable {
  /// Colours to use at most; detected from terminfo and `NO_COLOR` when `nil`.
  public var colors: ColorDepth?
  /// Whether characters beyond ASCII are drawn; taken from the locale's encoding when `nil`.
  public var unicode: Bool?
  /// Whether clicks, drags and the wheel are reported; if so, selecting text needs shift.
  public var mouse: Bool

  /// What a person asked of the terminal.
  public init(colors: ColorDepth? = nil, unicode: Bool? = nil, mouse: Bool = true) {
    self.colors = colors
    self.unicode = unicode
    self.mouse = mouse
  }
}
