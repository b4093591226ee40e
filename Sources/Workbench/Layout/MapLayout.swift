import Model

/// Where the expert map's parts are.
struct MapLayout: Equatable, Sendable {
  /// Blocks that are on screen.
  let blocks: Range<Int>
  /// Experts that are on screen.
  let experts: Range<Int>
  /// Columns a cell takes, at most 3.
  let cellWidth: Int
  /// Rows a cell takes, 1 or 2.
  let cellHeight: Int
  /// Screen row of the first block; the row above has the experts' numbers.
  let top: Int
  /// Screen column of the first cell.
  let left: Int
  /// Column of what is switched off in a block, and how much room it has.
  let flags: Range<Int>
  /// Column of the row's sparkline, where there is room for one.
  let spark: Int?

  /// Cells the row labels take: mark, block, kept experts.
  static func labelWidth(_ spec: ModelSpec) -> Int {
    1 + digits(spec.blocks.count - 1) + 2 + keptWidth(spec) + 2
  }

  /// Cells of `55/64`.
  static func keptWidth(_ spec: ModelSpec) -> Int { 2 * digits(spec.maximumExperts) + 1 }

  /// Cells that a number below or equal `largest` takes, at least two.
  static func digits(_ largest: Int) -> Int { max(2, "\(max(0, largest))".count) }

  /// Room for what is switched off in a block.
  static func flagsWidth(columns: Int) -> Int { columns < 80 ? 3 : 7 }

  /// Least width at which every expert has a cell.
  static func leastWidth(_ spec: ModelSpec, columns: Int) -> Int {
    labelWidth(spec) + spec.maximumExperts + flagsWidth(columns: columns)
  }

  /// Fits the map into an area whose first row takes the experts' numbers.
  init(
    _ spec: ModelSpec, in area: Rectangle, cellHeight: Int, screenColumns: Int,
    state: WorkbenchState
  ) {
    self.cellHeight = cellHeight
    left = area.columns.lowerBound + Self.labelWidth(spec)
    top = area.rows.lowerBound + 1
    let flagsWidth = Self.flagsWidth(columns: screenColumns)
    let hasSpark = screenColumns >= 120
    let sparkWidth = hasSpark ? HeatMap.sparkWidth + 1 : 0
    let room = max(1, area.width - Self.labelWidth(spec) - flagsWidth - sparkWidth)
    let count = spec.maximumExperts
    cellWidth = count == 0 ? 1 : min(3, max(1, room / count))
    experts = window(count, room / cellWidth, around: state.expert, from: state.mapLeft)
    blocks = window(
      spec.blocks.count, (area.height - 1) / cellHeight, around: state.block, from: state.mapTop)
    let end = left + experts.count * cellWidth
    flags = end..<end + flagsWidth
    spark = hasSpark ? end + flagsWidth + 1 : nil
  }

  /// The column behind everything in a row.
  var end: Int { (spark ?? flags.upperBound - HeatMap.sparkWidth) + HeatMap.sparkWidth }

  /// Screen column of an expert's cell.
  func column(of expert: Int) -> Int { left + (expert - experts.lowerBound) * cellWidth }

  /// Screen row of a block.
  func row(of block: Int) -> Int { top + (block - blocks.lowerBound) * cellHeight }

  /// The expert under a cell of the screen; left of the cells is the first column, right the last.
  func target(_ column: Int, _ row: Int) -> Target? {
    let block = blocks.lowerBound + (row - top) / cellHeight
    guard row >= top, blocks.contains(block), !experts.isEmpty, column < flags.upperBound else {
      return nil
    }
    let place = experts.lowerBound + max(0, column - left) / cellWidth
    return .expert(block: block, column: min(place, experts.upperBound - 1))
  }
}

/// The part of `0 ..< count` that fits into `room` places, starting at `start` if the cursor is
/// then in it, else moved just far enough.
func window(_ count: Int, _ room: Int, around cursor: Int, from start: Int) -> Range<Int> {
  let room = min(max(0, room), count)
  guard room > 0 else { return 0..<0 }
  var first = min(max(start, 0), count - room)
  let cursor = min(max(cursor, 0), count - 1)
  first = min(max(first, cursor - room + 1), cursor)
  return first..<first + room
}
