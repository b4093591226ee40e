import Model

/// Where the layers view's columns are.
struct LayersLayout: Equatable, Sendable {
  /// A column of the table.
  enum Field: Hashable, Sendable {
    case label
    case importance(Importance)
    case importanceBar(Importance)
    /// A part of the block that can be edited, by its index in `Session.layerColumns`.
    case part(Int)
    case kept
    case memory, share, cumulative
  }

  /// Which importance.
  enum Importance: CaseIterable, Sendable { case block, attention, moe }

  /// Blocks that are on screen.
  let blocks: Range<Int>
  /// Screen row of the first block.
  let top: Int
  /// The columns that fit, from left to right.
  let fields: [(field: Field, columns: Range<Int>)]

  static func == (left: Self, right: Self) -> Bool {
    left.blocks == right.blocks && left.top == right.top
      && left.fields.elementsEqual(right.fields) { $0 == $1 }
  }

  /// Fits the table into an area; its header stands above it.
  init(_ session: Session, in area: Rectangle, state: WorkbenchState) {
    top = area.rows.lowerBound
    blocks = window(
      session.spec.blocks.count, area.height, around: state.block, from: state.layersTop)
    let all = Self.order(session)
    var shown = Set(all.filter(Self.isNeeded))
    var room = area.width - shown.reduce(0) { $0 + Self.width($1, session) }
    for field in Self.wanted where all.contains(field) {
      let width = Self.width(field, session)
      guard width <= room else { continue }
      shown.insert(field)
      room -= width
    }
    var place = area.columns.lowerBound
    fields = all.filter(shown.contains).map { field in
      let start = place
      place += Self.width(field, session)
      return (field, start..<place)
    }
  }

  /// The cell under a cell of the screen.
  func target(_ column: Int, _ row: Int) -> Target? {
    let block = blocks.lowerBound + row - top
    guard row >= top, blocks.contains(block) else { return nil }
    let field = fields.last { $0.columns.lowerBound <= column }?.field
    switch field {
    case .part(let index): return .layer(block: block, column: index)
    case .kept:
      let moe = fields.firstIndex { $0.field == .kept }.flatMap { index in
        if case .part(let part) = fields[index - 1].field { part } else { nil }
      }
      return moe.map { .layer(block: block, column: $0) }
    default: return .layer(block: block, column: 0)
    }
  }

  /// All columns, from left to right.
  private static func order(_ session: Session) -> [Field] {
    var fields: [Field] = [.label]
    for (index, column) in session.layerColumns.enumerated() {
      switch column {
      case .block: fields += [.part(index), .importance(.block), .importanceBar(.block)]
      case .attention:
        fields += [.part(index), .importance(.attention), .importanceBar(.attention)]
      case .moe: fields += [.part(index), .kept, .importance(.moe), .importanceBar(.moe)]
      default: fields.append(.part(index))
      }
    }
    return fields + [.memory, .share, .cumulative]
  }

  /// Columns that come in while there is room, most wanted first.
  private static let wanted: [Field] = [
    .kept, .importance(.block), .memory, .importance(.moe), .importance(.attention), .share,
    .cumulative, .importanceBar(.block), .importanceBar(.moe), .importanceBar(.attention),
  ]

  private static func isNeeded(_ field: Field) -> Bool {
    switch field {
    case .label, .part: true
    default: false
    }
  }

  private static func width(_ field: Field, _ session: Session) -> Int {
    switch field {
    case .label: 1 + MapLayout.digits(session.spec.blocks.count - 1) + 1
    case .importance: 6
    case .importanceBar: 10
    case .part(let index):
      switch session.layerColumns[index] {
      case .query, .key, .value, .output: 3
      case .block, .attention: 6
      case .moe: 5
      case .shared: 7
      default: 5
      }
    case .kept: MapLayout.keptWidth(session.spec) + 1
    case .memory: 11
    case .share: 8
    case .cumulative: 8
    }
  }
}
