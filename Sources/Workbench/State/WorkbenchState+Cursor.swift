import Model

extension WorkbenchState {
  var blockCount: Int { session?.spec.blocks.count ?? 0 }

  /// Columns of the view.
  var columnCount: Int {
    guard let session else { return 0 }
    return view == .experts ? session.spec.maximumExperts : session.layerColumns.count
  }

  /// The cursor's column in the view.
  var column: Int {
    get { view == .experts ? expert : layerColumn }
    set { if view == .experts { expert = newValue } else { layerColumn = newValue } }
  }

  /// The expert under the cursor; `nil` on a dense block.
  var expertAtCursor: ExpertID? {
    guard let session, session.spec.blocks.indices.contains(block) else { return nil }
    let count = session.spec.blocks[block].expertCount
    return count == 0 ? nil : ExpertID(block: block, expert: min(expert, count - 1))
  }

  /// The part of the block under the cursor of the layers view.
  var layerColumnAtCursor: LayerColumn {
    let columns = session?.layerColumns ?? []
    return columns.indices.contains(layerColumn) ? columns[layerColumn] : .block
  }

  mutating func moveCursor(blocks: Int = 0, columns: Int = 0) {
    block = min(max(0, block + blocks), max(0, blockCount - 1))
    column = min(max(0, column + columns), max(0, columnCount - 1))
  }

  /// Blocks and columns that are on screen.
  var page: (rows: Int, columns: Int) {
    let layout = Layout(self, size: size)
    let rows = layout.map?.blocks.count ?? layout.layers?.blocks.count ?? 1
    return (max(1, rows), max(1, layout.map?.experts.count ?? 1))
  }

  /// Keeps the first visible row and column such that the cursor is in view.
  mutating func scrollToCursor() {
    let layout = Layout(self, size: size)
    if let map = layout.map {
      mapTop = map.blocks.lowerBound
      mapLeft = map.experts.lowerBound
    }
    if let layers = layout.layers { layersTop = layers.blocks.lowerBound }
  }

  mutating func show(_ view: View) {
    guard view != self.view else { return }
    self.view = view
    marking = .none
  }

  mutating func turnView(by step: Int) {
    let all = View.allCases
    let index = all.firstIndex(of: view) ?? 0
    show(all[(index + step + all.count) % all.count])
  }

  mutating func turnMetric(by step: Int) {
    let all = Metric.allCases
    let index = all.firstIndex(of: metric) ?? 0
    metric = all[(index + step + all.count) % all.count]
    scale = metric.usualScale
    session?.shade(metric, scale)
  }

  mutating func turnScale(by step: Int) {
    let all = HeatScale.allCases
    let index = all.firstIndex(of: scale) ?? 0
    scale = all[(index + step + all.count) % all.count]
    session?.shade(metric, scale)
  }

  mutating func nextTheme() -> [Effect] {
    let themes = options.themes
    guard !themes.isEmpty else { return [] }
    let index = themes.firstIndex(of: options.theme) ?? themes.count - 1
    options.theme = themes[(index + 1) % themes.count]
    say("theme: \(options.theme)")
    return [.useTheme(options.theme)]
  }
}

extension WorkbenchState {
  /// Blocks and columns that are marked; the cursor's own where nothing is.
  var marked: (blocks: ClosedRange<Int>, columns: ClosedRange<Int>) {
    let lastBlock = max(0, blockCount - 1)
    let lastColumn = max(0, columnCount - 1)
    switch marking {
    case .none: return (block...block, column...column)
    case .range(let start, let first):
      // A range in the layers view stays in one column: other columns are other kinds of things.
      let columns = view == .experts ? ordered(first, column) : column...column
      return (ordered(start, block), columns)
    case .rows(let start): return (ordered(start, block), 0...lastColumn)
    case .columns(let first):
      return (0...lastBlock, view == .experts ? ordered(first, column) : column...column)
    case .all:
      return (0...lastBlock, view == .experts ? 0...lastColumn : column...column)
    }
  }

  private func ordered(_ one: Int, _ other: Int) -> ClosedRange<Int> {
    min(one, other)...max(one, other)
  }

  /// The experts that an edit on the map is about.
  var markedExperts: [ExpertID] {
    guard let session else { return [] }
    if marking == .none, session.filter == nil { return expertAtCursor.map { [$0] } ?? [] }
    let (blocks, columns) =
      marking == .none ? (0...max(0, blockCount - 1), 0...max(0, columnCount - 1)) : marked
    var ids: [ExpertID] = []
    for block in blocks where block < blockCount {
      for expert in columns where expert < session.spec.blocks[block].expertCount {
        let id = ExpertID(block: block, expert: expert)
        if session.filter?.contains(id) ?? true { ids.append(id) }
      }
    }
    return ids
  }

  /// What is marked, in words; `nil` where only the cursor is.
  var markedText: String? {
    guard let session else { return nil }
    switch view {
    case .experts:
      if marking == .none, session.filter == nil { return nil }
      let count = markedExperts.count
      let experts = count == 1 ? "1 expert" : "\(count) experts"
      if marking == .none { return "\(experts) match the filter: edits apply to all of them" }
      let (blocks, columns) = marked
      let place =
        "\(blocks.lowerBound).\(columns.lowerBound) to \(blocks.upperBound).\(columns.upperBound)"
      return session.filter == nil
        ? "range \(place): \(experts)" : "range \(place): \(experts) of it match the filter"
    case .layers:
      guard marking != .none else { return nil }
      let blocks = marked.blocks
      return "range: \(layerColumnAtCursor.name) of blocks \(blocks.lowerBound) to"
        + " \(blocks.upperBound)"
    }
  }
}
