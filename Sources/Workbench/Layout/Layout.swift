import Model

/// Where everything is on a screen of a given size: drawing and the mouse both read it.
struct Layout: Equatable, Sendable {
  /// Smallest screen that is drawn.
  static let least = Size(columns: 60, rows: 16)
  /// Width of the details beside the map.
  static let sideWidth = 44
  /// Least width of a column of the details.
  static let fieldWidth = 38
  /// Rows above the map: tabs, legend, column numbers.
  private static let headRows = 3

  let size: Size
  /// Names of the views on the first row.
  private(set) var tabs: [(view: View, columns: Range<Int>)] = []
  private(set) var map: MapLayout?
  private(set) var layers: LayersLayout?
  /// Everything between tabs and plan.
  let body: Rectangle
  /// The line under the map or the table.
  private(set) var separator: Rectangle?
  private(set) var details: Rectangle?
  /// Room for the figures of each domain.
  private(set) var domains: Rectangle?
  /// The row above the plan's figures.
  let ruleRow: Int
  /// The plan's figures.
  let plan: Rectangle
  let statusRow: Int
  let footerRow: Int
  private(set) var footer: [FooterItem] = []

  /// A command offered on the last row.
  struct FooterItem: Equatable, Sendable {
    var command: CommandID
    var key: String
    var title: String
    var columns: Range<Int>
  }

  var isTooSmall: Bool { size.columns < Self.least.columns || size.rows < Self.least.rows }

  static func == (left: Self, right: Self) -> Bool {
    left.size == right.size && left.map == right.map && left.layers == right.layers
      && left.details == right.details && left.footer == right.footer
  }

  /// Lays a state out.
  init(_ state: WorkbenchState, size: Size) {
    self.size = size
    footerRow = size.rows - 1
    statusRow = size.rows - 2
    let figures = (size.rows >= 22 ? 4 : 3) + (Self.hasRecordRow(state, size) ? 1 : 0)
    plan = Rectangle(columns: span(0, size.columns), rows: span(statusRow - figures, statusRow))
    ruleRow = statusRow - figures - 1
    body = Rectangle(columns: span(0, size.columns), rows: span(Self.headRows, ruleRow))
    guard !isTooSmall else { return }
    placeTabs()
    // The line being typed takes the footer's place.
    if state.context != .prompt { footer = Self.footer(state, width: size.columns) }
    guard let session = state.session else { return }
    switch state.view {
    case .experts: placeMap(session, state)
    case .layers: placeLayers(session, state)
    }
  }

  /// Whether there is a row for what predictions rest on and how well they have held.
  static func hasRecordRow(_ state: WorkbenchState, _ size: Size) -> Bool {
    size.rows >= 30 && (state.session?.record?.plans ?? 0) > 0
  }

  /// What lies under a cell.
  func target(_ column: Int, _ row: Int) -> Target? {
    if row == 0 { return tabs.first { $0.columns.contains(column) }.map { .tab($0.view) } }
    if row == footerRow {
      return footer.first { $0.columns.contains(column) }.map { .command($0.command) }
    }
    guard body.rows.contains(row) else { return nil }
    return map?.target(column, row) ?? layers?.target(column, row)
  }

  private mutating func placeTabs() {
    var place = 8
    for view in View.allCases {
      let width = view.title.count + 4
      tabs.append((view, place..<place + width))
      place += width
    }
  }

  private mutating func placeMap(_ session: Session, _ state: WorkbenchState) {
    let spec = session.spec
    let beside = size.columns - Self.sideWidth
    let isBeside =
      size.columns >= 120
      && MapLayout.leastWidth(spec, columns: size.columns) + HeatMap.sparkWidth + 1 <= beside
    let width = isBeside ? beside : size.columns
    // Where all blocks fit twice, with the domains' figures below, cells are made taller: easier to
    // see, easier to hit.
    let height = spec.blocks.count * 2 + 1 + (isBeside ? 8 : 14) <= body.height ? 2 : 1
    let rows = place(
      rows: spec.blocks.count * height, fields: isBeside ? 0 : 16, width: width)
    let area = Rectangle(columns: 0..<width, rows: span(rows.lowerBound - 1, rows.upperBound))
    map = MapLayout(
      spec, in: area, cellHeight: height, screenColumns: size.columns, state: state)
    guard isBeside, let end = map?.end else { return }
    details = Rectangle(columns: span(end + 2, size.columns), rows: body.rows)
    separator?.columns = span(0, end)
  }

  private mutating func placeLayers(_ session: Session, _ state: WorkbenchState) {
    let rows = place(rows: session.spec.blocks.count, fields: 9, width: size.columns)
    layers = LayersLayout(
      session, in: Rectangle(columns: 0..<size.columns, rows: rows), state: state)
  }

  /// Divides the body between the blocks' rows, the details and the domains' figures.
  ///
  /// - Parameters:
  ///   - rows: Rows that all blocks would take.
  ///   - fields: Figures of the details below the blocks; 0 where they are elsewhere.
  ///   - width: Columns of the blocks.
  /// - Returns: The blocks' rows.
  private mutating func place(rows: Int, fields: Int, width: Int) -> Range<Int> {
    let top = body.rows.lowerBound
    var detailRows = 0
    if fields > 0 {
      let columns = max(1, size.columns / Self.fieldWidth)
      let wanted = 1 + (fields + columns - 1) / columns
      detailRows = body.height <= 8 ? 1 : min(wanted, max(4, body.height - rows - 1))
    }
    let shown = min(rows, body.height - 1 - detailRows)
    let line = top + shown
    separator = Rectangle(columns: 0..<size.columns, rows: line..<line + 1)
    var next = line + 1
    if fields > 0 {
      details = Rectangle(
        columns: 0..<size.columns, rows: next..<min(next + detailRows, body.rows.upperBound))
      next += detailRows + 1
    }
    if body.rows.upperBound - next >= 7 {
      domains = Rectangle(columns: 0..<width, rows: next..<body.rows.upperBound)
    }
    return top..<top + shown
  }

  private static func footer(_ state: WorkbenchState, width: Int) -> [FooterItem] {
    let commands = Command.footer(for: state.context).filter {
      // A question offers only its own answers; elsewhere a command that cannot be run now stays,
      // and says why when it is tried.
      state.context != .question || $0.obstacle(state) == nil
    }
    // A command without a title shares the title of the next.
    func cells(_ command: Command) -> Int {
      let title = command.footerTitle?.unicodeScalars.count ?? 0
      return command.keyText.unicodeScalars.count + (title == 0 ? -1 : 1 + title)
    }
    var room = width - 2 - commands.lazy.filter(\.isPinned).reduce(0) { $0 + cells($1) + 2 }
    var items: [FooterItem] = []
    var place = 1
    for command in commands {
      let width = cells(command)
      if !command.isPinned {
        guard width + 2 <= room else { continue }
        room -= width + 2
      }
      items.append(
        FooterItem(
          command: command.id, key: command.keyText, title: command.footerTitle ?? "",
          columns: place..<place + max(1, width)))
      place += width + 2
    }
    return items
  }
}

/// A range that is empty where its ends are the wrong way round.
func span(_ from: Int, _ to: Int) -> Range<Int> { from..<max(from, to) }
