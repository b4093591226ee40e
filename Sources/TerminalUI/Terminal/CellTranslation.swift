import CTerm
import Workbench

/// Turns a frame's cells into the shim's: roles into colours, characters into what can be drawn.
package struct CellTranslation {
  /// Colours of every pair of paints.
  package let table: ThemeTable
  /// Whether characters beyond ASCII are drawn.
  package let unicode: Bool

  package init(table: ThemeTable, unicode: Bool) {
    self.table = table
    self.unicode = unicode
  }

  /// Overwrites `frame` with the shim's cells; its storage is reused from frame to frame.
  package func translate(_ cells: [Cell], into frame: inout [ct_cell]) {
    if frame.count != cells.count {
      frame = Array(repeating: ct_cell(), count: cells.count)
    }
    var style = Style()
    var resolved = table[style]
    for index in cells.indices {
      let cell = cells[index]
      if cell.style != style {
        style = cell.style
        resolved = table[style]
      }
      frame[index] = ct_cell(
        character: drawable(cell.character).value,
        foreground: Int32(resolved.foreground),
        background: Int32(resolved.background),
        attributes: UInt32(resolved.attributes.rawValue))
    }
  }

  /// The scalar itself when it takes exactly one column, else a stand-in that does.
  package func drawable(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    if (0x20..<0x7f).contains(scalar.value) { return scalar }
    if scalar.value < 0x80 { return "?" }
    guard unicode else { return asciiStandIn(for: scalar) }
    return ct_width(scalar.value) == 1 ? scalar : "?"
  }
}
