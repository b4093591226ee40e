import EngineProtocol
import Glibc

/// The front as a picture: memory to the right, KL upwards by its logarithm.
struct FrontPlot {
  /// Columns of the figures beside the axis.
  private static let labelWidth = 10

  private let search: SearchState
  private let cursor: Int?
  /// The points' room, without axes and figures.
  private let field: Rectangle
  /// The rows that KL above 0 goes to; 0, which has no logarithm, has the row below them.
  private let scale: Range<Int>
  private let bytes: ClosedRange<Double>
  /// Smallest and largest KL above 0.
  private let losses: ClosedRange<Double>

  init(_ search: SearchState, cursor: Int?, in area: Rectangle) {
    self.search = search
    self.cursor = cursor
    field = Rectangle(
      columns: span(area.columns.lowerBound + Self.labelWidth + 1, area.columns.upperBound),
      rows: span(area.rows.lowerBound + 1, area.rows.upperBound - 2))
    let hasZero = search.front.contains { $0.kl <= 0 }
    scale = span(field.rows.lowerBound, field.rows.upperBound - (hasZero ? 1 : 0))
    var sizes = search.front.map { Double($0.point.bytes) }
    if case .memory(let limit) = search.goal { sizes.append(Double(limit)) }
    var kls = search.front.map(\.kl)
    if case .divergence(let limit) = search.goal { kls.append(limit) }
    bytes = Self.extent(sizes)
    losses = Self.extent(kls.filter { $0 > 0 && $0.isFinite })
  }

  private static func extent(_ values: [Double]) -> ClosedRange<Double> {
    guard let low = values.min(), let high = values.max() else { return 1...1 }
    return low...high
  }

  func draw(on canvas: inout Canvas) {
    guard field.width > 8, field.height > 3 else { return }
    drawAxes(on: &canvas)
    drawGoal(on: &canvas)
    // The best one and the selected one last: they are not hidden by others.
    for (index, plan) in search.front.enumerated() where plan != search.best && index != cursor {
      draw(plan, plan.point.measured == nil ? "○" : "●", on: &canvas)
    }
    if let best = search.best { draw(best, "◆", style: Style(.good, .bold), on: &canvas) }
    guard let cursor, search.front.indices.contains(cursor) else { return }
    let selected = search.front[cursor]
    let mark: Unicode.Scalar =
      selected == search.best ? "◆" : selected.point.measured == nil ? "○" : "●"
    draw(selected, mark, style: canvas.look.cursor, on: &canvas)
  }

  private func draw(
    _ plan: FrontPlan, _ mark: Unicode.Scalar, style: Style? = nil, on canvas: inout Canvas
  ) {
    let isMeasured = plan.point.measured != nil
    let usual = isMeasured ? Style(.measured, .bold) : Style(.predicted, .dim)
    canvas.put(
      mark, column(of: Double(plan.point.bytes)), row(of: plan.kl), style ?? usual)
  }

  /// The line that a plan must not cross, where it is one of the picture's axes.
  private func drawGoal(on canvas: inout Canvas) {
    switch search.goal {
    case .memory(let limit):
      let column = column(of: Double(limit))
      for row in field.rows { canvas.put("│", column, row, Style(.warning)) }
    case .divergence(let limit):
      let row = row(of: limit)
      for column in field.columns { canvas.put("─", column, row, Style(.warning)) }
    case .averageBits, .storedBits, .speed: break
    }
  }

  private func drawAxes(on canvas: inout Canvas) {
    let axis = field.columns.lowerBound - 1
    let floor = field.rows.upperBound
    canvas.put("KL, nats (log)", axis - 9, field.rows.lowerBound - 1, Style(.muted))
    for row in field.rows { canvas.put("│", axis, row, Style(.line)) }
    for (kl, row) in ticks {
      canvas.put("┤", axis, row, Style(.line))
      canvas.putRight(Figure.significant(kl), end: axis - 1, row, Style(.muted))
    }
    canvas.put("└", axis, floor, Style(.line))
    canvas.rule(row: floor, field.columns)
    let row = floor + 1
    let low = Figure.bytes(Int(bytes.lowerBound.held))
    let high = Figure.bytes(Int(bytes.upperBound.held))
    var end = canvas.put(low, field.columns.lowerBound, row, Style(.muted))
    let title = "memory"
    let middle = (field.columns.lowerBound + field.columns.upperBound - title.count) / 2
    guard bytes.upperBound > bytes.lowerBound else { return }
    if middle > end + 1 { end = canvas.put(title, middle, row, Style(.muted)) }
    guard field.columns.upperBound - high.count > end else { return }
    canvas.putRight(high, end: field.columns.upperBound, row, Style(.muted))
  }

  /// The KL at the ends, and powers of ten between them where there is room.
  private var ticks: [(kl: Double, row: Int)] {
    var ticks = [(losses.upperBound, scale.lowerBound)]
    if scale.upperBound < field.rows.upperBound { ticks.append((0, scale.upperBound)) }
    guard losses.upperBound > losses.lowerBound else { return ticks }
    ticks.append((losses.lowerBound, scale.upperBound - 1))
    var power = pow(10, floor(log10(losses.upperBound)))
    while power > losses.lowerBound, ticks.count < field.height {
      let row = row(of: power)
      if ticks.allSatisfy({ abs($0.1 - row) > 1 }) { ticks.append((power, row)) }
      power /= 10
    }
    return ticks
  }

  private func column(of bytes: Double) -> Int {
    let share = (bytes - self.bytes.lowerBound) / (self.bytes.upperBound - self.bytes.lowerBound)
    return place(share, in: field.columns)
  }

  /// The row of a KL.
  private func row(of kl: Double) -> Int {
    if kl <= 0 { return field.rows.upperBound - 1 }
    guard losses.upperBound > losses.lowerBound else { return scale.lowerBound }
    let share = log(kl / losses.lowerBound) / log(losses.upperBound / losses.lowerBound)
    return scale.upperBound - 1 - (place(share, in: scale) - scale.lowerBound)
  }

  /// The cell at a share of a range; the first where the share is no number.
  private func place(_ share: Double, in cells: Range<Int>) -> Int {
    let share = share.isFinite ? min(max(share, 0), 1) : 0
    return cells.lowerBound + Int((share * Double(cells.count - 1)).rounded())
  }
}

extension Double {
  /// Within what an integer holds.
  fileprivate var held: Double { Swift.min(Swift.max(self, -1e18), 1e18) }
}
