import Model

extension Canvas {
  /// The blocks as a table: importance, what is on, bits, bytes.
  mutating func drawLayers(_ state: WorkbenchState, _ session: Session, _ layout: Layout) {
    guard let layers = layout.layers else { return }
    drawLayersHeader(session, layers)
    let scores = LayerScores(session)
    var cumulative = 0
    for bytes in session.ledger.blockBytes.prefix(layers.blocks.lowerBound) { cumulative += bytes }
    for block in layers.blocks {
      cumulative += session.ledger.blockBytes[block]
      for (field, columns) in layers.fields {
        drawLayerField(
          field, columns, block, state, session, layers, scores, cumulative: cumulative)
      }
    }
    var scroll = ""
    if layers.blocks.count < session.spec.blocks.count {
      scroll =
        "blocks \(layers.blocks.lowerBound)–\(layers.blocks.upperBound - 1)"
        + " of \(session.spec.blocks.count)"
    }
    drawSeparator(state, layout, scroll)
  }

  private mutating func drawLayersHeader(_ session: Session, _ layers: LayersLayout) {
    let row = layers.top - 1
    for (field, columns) in layers.fields {
      let end = columns.upperBound - 1
      switch field {
      case .label: break
      case .importance: putRight("imp.", end: end, row, Style(.muted))
      case .importanceBar: break
      case .part(let index):
        let column = session.layerColumns[index]
        putRight(column.title, end: end, row, Style(.text))
      case .kept: putRight("kept", end: end, row, Style(.muted))
      case .memory: putRight("memory", end: end, row, Style(.muted))
      case .share: putRight("share", end: end, row, Style(.muted))
      case .cumulative: putRight("cumul.", end: end, row, Style(.muted))
      }
    }
    var title = Line(gap: 2)
    title.add(0, Span("layers", .accent, .bold))
    title.add(
      1,
      Span(
        session.profile == nil
          ? "on/off and bits by part"
          : "on/off and bits by part; imp. = 1 − cosine before/after it",
        .muted))
    let stored = session.storedBits.common
    title.add(2, Span("grey \(stored) = as stored, ~ = several", .muted))
    put(title, 1, 1, end: screen.size.columns)
  }

  private mutating func drawLayerField(
    _ field: LayersLayout.Field, _ columns: Range<Int>, _ block: Int, _ state: WorkbenchState,
    _ session: Session, _ layers: LayersLayout, _ scores: LayerScores, cumulative: Int
  ) {
    let row = layers.top + block - layers.blocks.lowerBound
    let end = columns.upperBound - 1
    let ledger = session.ledger
    switch field {
    case .label:
      let style = block == state.block ? Style(.accent, .bold) : Style(.muted)
      if block == state.block { put("▸", columns.lowerBound, row, style) }
      putRight("\(block)", end: end, row, style)
    case .importance(let kind):
      let text = scores.value(kind, block).map(Figure.short) ?? Figure.missing
      putRight(text, end: end, row, Style(.text))
    case .importanceBar(let kind):
      let share = scores.share(kind, block)
      put(
        look.gauge(share, width: columns.count - 2), columns.lowerBound, row,
        Style(kind == .block ? .accent : .muted))
    case .part(let index):
      drawPart(index, columns, row, block, state, session)
    case .kept:
      guard let moe = session.spec.blocks[block].moe else {
        return putRight("dense", end: end, row, Style(.muted))
      }
      let choice = session.choices.blocks[block]
      let kept = choice.keepsFeedForward ? choice.keptExperts : 0
      putRight(
        "\(kept)/\(moe.experts)", end: end, row, Style(kept == moe.experts ? .muted : .text))
    case .memory: putRight(Figure.bytes(ledger.blockBytes[block]), end: end, row)
    case .share:
      putRight(
        Figure.percent(share(ledger.blockBytes[block], ledger.allBlockBytes)), end: end, row,
        Style(.muted))
    case .cumulative:
      putRight(
        Figure.percent(share(cumulative, ledger.allBlockBytes), 0), end: end, row, Style(.muted))
    }
  }

  private mutating func drawPart(
    _ index: Int, _ columns: Range<Int>, _ row: Int, _ block: Int, _ state: WorkbenchState,
    _ session: Session
  ) {
    let column = session.layerColumns[index]
    let face = LayerFace(column, block, session)
    var style = face.style
    if index == state.layerColumn, state.marking != .none, state.marked.blocks.contains(block) {
      style = look.selection
    }
    if index == state.layerColumn, block == state.block {
      style = look.cursor
      clear(Rectangle(columns: columns, rows: row..<row + 1), style)
    } else if style == look.selection {
      clear(Rectangle(columns: columns, rows: row..<row + 1), style)
    }
    putRight(face.text, end: columns.upperBound - 1, row, style)
  }

  private func share(_ part: Int, _ whole: Int) -> Double {
    whole == 0 ? 0 : Double(part) / Double(whole)
  }
}

/// Importance of the blocks, with the largest of each kind.
struct LayerScores {
  private let blocks: [BlockProfile]
  private let highest: [LayersLayout.Importance: Double]

  init(_ session: Session) {
    let blocks = session.profile?.blocks ?? []
    self.blocks = blocks
    highest = Dictionary(
      uniqueKeysWithValues: LayersLayout.Importance.allCases.map { kind in
        (kind, blocks.map { Self.value(kind, $0) }.max() ?? 0)
      })
  }

  func value(_ kind: LayersLayout.Importance, _ block: Int) -> Double? {
    blocks.indices.contains(block) ? Self.value(kind, blocks[block]) : nil
  }

  /// The value as a share of the largest.
  func share(_ kind: LayersLayout.Importance, _ block: Int) -> Double {
    guard let value = value(kind, block), let top = highest[kind], top > 0 else { return 0 }
    return value / top
  }

  private static func value(_ kind: LayersLayout.Importance, _ block: BlockProfile) -> Double {
    switch kind {
    case .block: block.blockImportance
    case .attention: block.attentionImportance
    case .moe: block.moeImportance
    }
  }
}

/// What stands in a cell of the layers view.
struct LayerFace {
  let text: String
  let style: Style

  init(_ column: LayerColumn, _ block: Int, _ session: Session) {
    let choice = session.choices.blocks[block]
    let spec = session.spec.blocks[block]
    if column.isMissing(in: spec) {
      (text, style) = ("·", Style(.line))
    } else if choice.droppedPart(for: column) != nil {
      (text, style) = ("×", Style(.dropped, .bold))
    } else if column == .block || column == .attention || column == .moe {
      (text, style) = ("on", Style(.text))
    } else {
      (text, style) = Self.bits(column, choice, session.storedBits[block, column])
    }
  }

  private static func bits(
    _ column: LayerColumn, _ choice: BlockChoices, _ stored: Int?
  ) -> (String, Style) {
    guard let (first, isMixed) = column.precision(in: choice) else { return ("·", Style(.line)) }
    if isMixed { return ("~", Style(.accent, .bold)) }
    guard let bits = first.bits else { return (stored.map { "\($0)" } ?? "~", Style(.muted)) }
    return ("\(bits)", Style(.accent, .bold))
  }
}

extension LayerColumn {
  fileprivate func isMissing(in block: BlockSpec) -> Bool {
    switch self {
    case .moe: block.moe == nil
    case .shared: block.moe?.shared == nil
    default: false
    }
  }

  /// The precision of this part of a block, and whether its linears differ; those of dropped
  /// experts count as well, as they come back with their precision.
  fileprivate func precision(in choice: BlockChoices) -> (Precision, isMixed: Bool)? {
    switch self {
    case .query: return choice.precision(of: .query).map { ($0, false) }
    case .key: return choice.precision(of: .key).map { ($0, false) }
    case .value: return choice.precision(of: .value).map { ($0, false) }
    case .output: return choice.precision(of: .output).map { ($0, false) }
    case .shared:
      guard let first = choice.shared.first else { return nil }
      return (first, choice.shared.contains { $0 != first })
    case .gate, .up, .down:
      guard let kind = feedForward, kind.index < choice.feedForward.count else { return nil }
      let first = choice.feedForward[kind.index]
      var isMixed = false
      for index in stride(from: kind.index, to: choice.feedForward.count, by: 3)
      where choice.feedForward[index] != first {
        isMixed = true
        break
      }
      return (first, isMixed)
    case .block, .attention, .moe: return nil
    }
  }
}
