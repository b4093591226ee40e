/// An area of cells.
struct Rectangle: Hashable, Sendable {
  var columns: Range<Int>
  var rows: Range<Int>

  var width: Int { columns.count }
  var height: Int { rows.count }
  var isEmpty: Bool { columns.isEmpty || rows.isEmpty }

  func contains(_ column: Int, _ row: Int) -> Bool {
    columns.contains(column) && rows.contains(row)
  }
}
