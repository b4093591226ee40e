import Model

/// Draws single cells of the expert map.
///
/// Everything they share is looked up once per frame.
struct MapCells {
  private let state: WorkbenchState
  private let choices: Choices
  private let heat: HeatMap?
  private let filter: Filter?
  private let map: MapLayout
  private let look: Look
  private let markedBlocks: ClosedRange<Int>?
  private let markedColumns: ClosedRange<Int>
  private let cursor: ExpertID?

  init(_ state: WorkbenchState, _ session: Session, _ map: MapLayout, _ look: Look) {
    self.state = state
    self.map = map
    self.look = look
    choices = session.choices
    heat = session.heat
    filter = session.filter
    let marked = state.marked
    markedBlocks = state.marking == .none ? nil : marked.blocks
    markedColumns = marked.columns
    cursor = state.expertAtCursor
  }

  /// The mark of an expert and how it stands out.
  private struct Face {
    /// `×`, a bit-width, `~` for several; `nil` where it is as stored.
    var mark: Unicode.Scalar?
    var level: UInt8
    var isDropped: Bool
    var isFilteredOut: Bool
  }

  func draw(_ block: Int, _ expert: Int, on canvas: inout Canvas) {
    let face = face(block, expert)
    let isMarked = (markedBlocks?.contains(block) ?? false) && markedColumns.contains(expert)
    let isCursor = cursor?.block == block && cursor?.expert == expert
    let ground = ground(face)
    let row = map.row(of: block)
    let left = map.column(of: expert)
    let middle = map.cellWidth == 3 ? 1 : 0
    let fill = fill(face)
    let isBlank = face.isFilteredOut || face.level == HeatMap.none
    for place in 0..<map.cellWidth * map.cellHeight {
      let offset = place % map.cellWidth
      let line = place / map.cellWidth
      let isMiddle = offset == middle
      var character = isMiddle && line == 0 ? face.mark ?? fill : isBlank ? " " : fill
      var style = ground
      if isMiddle, face.mark != nil { style.attributes.insert(.bold) }
      if isCursor, !isMiddle || map.cellWidth < 3, offset == 0 || map.cellWidth == 3 {
        character = cursorCharacter(offset, face)
        style = overlay(look.cursor, face)
      } else if isMarked, !isMiddle || map.cellWidth == 1 {
        character = map.cellWidth == 1 ? face.mark ?? spot(face) : fill
        style = overlay(look.selection, face)
      }
      canvas.put(character, left + offset, row + line, style)
    }
  }

  private func face(_ block: Int, _ expert: Int) -> Face {
    let choice = choices.blocks[block]
    let isDropped = !choice.keepsFeedForward || choice.expertDropped[expert]
    let isFilteredOut =
      filter.map { !$0.contains(ExpertID(block: block, expert: expert)) } ?? false
    return Face(
      mark: isDropped ? "×" : bitsMark(choice, expert) ?? shapeMark(choice, expert),
      level: heat?.level(block, expert) ?? HeatMap.none, isDropped: isDropped,
      isFilteredOut: isFilteredOut)
  }

  private func bitsMark(_ choice: BlockChoices, _ expert: Int) -> Unicode.Scalar? {
    let first = choice.feedForward[expert * 3].precision
    let isMixed =
      choice.feedForward[expert * 3 + 1].precision != first
      || choice.feedForward[expert * 3 + 2].precision != first
    if isMixed { return "~" }
    return first.bits.flatMap { Unicode.Scalar(UInt8(48 + $0)) }
  }

  /// What else a plan did to the expert: merged, fewer neurons, zeros.
  private func shapeMark(_ choice: BlockChoices, _ expert: Int) -> Unicode.Scalar? {
    if choice.sharing(expert).count > 1 { return "m" }
    if choice.neurons[expert] != nil { return "n" }
    let linears = choice.feedForward[expert * 3..<expert * 3 + 3]
    return linears.contains { $0.sparsity != nil } ? "s" : nil
  }

  /// Colours of the cell as such.
  private func ground(_ face: Face) -> Style {
    if face.isDropped { return look.dropped }
    if face.isFilteredOut || face.level == HeatMap.none { return Style(.muted) }
    return look.heat(face.level)
  }

  /// What fills the cell where no mark stands.
  private func fill(_ face: Face) -> Unicode.Scalar {
    if face.isDropped { return " " }
    if face.isFilteredOut || face.level == HeatMap.none { return "·" }
    return look.hasHeat ? " " : look.density(face.level)
  }

  private func cursorCharacter(_ offset: Int, _ face: Face) -> Unicode.Scalar {
    if map.cellWidth == 3 { return offset == 0 ? "[" : "]" }
    return face.mark ?? spot(face)
  }

  /// What keeps a value visible where the cursor or range takes the background.
  private func spot(_ face: Face) -> Unicode.Scalar {
    guard face.level != HeatMap.none, !face.isFilteredOut else { return "·" }
    return look.hasHeat ? "■" : look.density(face.level)
  }

  /// Cursor or range over a cell: its value stays as the colour of the mark.
  private func overlay(_ style: Style, _ face: Face) -> Style {
    guard map.cellWidth < 3, look.hasHeat, !face.isDropped, face.mark == nil,
      face.level != HeatMap.none, !face.isFilteredOut
    else { return style }
    return Style(.heat(face.level), on: style.background, style.attributes)
  }
}
