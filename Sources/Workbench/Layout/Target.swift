/// What lies under a cell of the screen, for the mouse.
enum Target: Equatable, Sendable {
  case tab(View)
  /// An expert of the map.
  case expert(block: Int, column: Int)
  /// A cell of the layers view; the column as an index into `Session.layerColumns`.
  case layer(block: Int, column: Int)
  /// A command of the footer.
  case command(CommandID)
}
