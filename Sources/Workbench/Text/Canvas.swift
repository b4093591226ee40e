/// A frame being drawn.
struct Canvas {
  private(set) var screen: Screen
  let look: Look
  private let unicode: Bool

  /// An empty frame.
  init(size: Size, look: Look) {
    screen = Screen(size: size)
    self.look = look
    unicode = look.capabilities.unicode
  }

  /// Writes a text and returns the column behind it; what does not fit before
  /// `end` is cut, with a mark.
  @discardableResult
  mutating func put(
    _ text: String, _ column: Int, _ row: Int, _ style: Style = Style(.text), end: Int = .max
  ) -> Int {
    let end = min(end, screen.size.columns)
    var column = column
    for scalar in text.unicodeScalars {
      guard column < end else {
        if end > 0 {
          screen[end - 1, row] = Cell(Unicode.Scalar("…").cell(unicode: unicode), style)
        }
        break
      }
      screen[column, row] = Cell(scalar.cell(unicode: unicode), style)
      column += 1
    }
    return column
  }

  /// Writes a text that ends before `end`.
  mutating func putRight(_ text: String, end: Int, _ row: Int, _ style: Style = Style(.text)) {
    put(text, end - text.unicodeScalars.count, row, style, end: end)
  }

  /// Writes one character.
  mutating func put(_ scalar: Unicode.Scalar, _ column: Int, _ row: Int, _ style: Style) {
    screen[column, row] = Cell(scalar.cell(unicode: unicode), style)
  }

  /// Blanks a rectangle.
  mutating func clear(_ area: Rectangle, _ style: Style = Style(.text)) {
    for row in area.rows {
      for column in area.columns { screen[column, row] = Cell(" ", style) }
    }
  }

  /// Draws a horizontal line.
  mutating func rule(row: Int, _ columns: Range<Int>) {
    for column in columns { put("─", column, row, Style(.line)) }
  }

  /// Writes a line of segments, leaving out what matters least until it fits; returns the column
  /// behind it.
  @discardableResult
  mutating func put(_ line: Line, _ column: Int, _ row: Int, end: Int) -> Int {
    let end = min(end, screen.size.columns)
    var place = column
    for (index, part) in line.fitting(end - column).enumerated() {
      if index > 0 { place += line.gap }
      for span in part.spans { place = put(span.text, place, row, span.style, end: end) }
    }
    return place
  }
}

/// A piece of text in one style.
struct Span {
  var text: String
  var style: Style

  init(_ text: String, _ style: Style = Style(.text)) {
    self.text = text
    self.style = style
  }

  init(_ text: String, _ role: Paint.Role, _ attributes: Attributes = []) {
    self.init(text, Style(role, attributes))
  }
}

/// Parts of a line that stay or go as a whole.
struct Line {
  /// Spans that stay or go together.
  struct Part {
    var spans: [Span]
    /// Parts with the highest number go first; 0 stays.
    var rank: Int
    var width: Int { spans.reduce(0) { $0 + $1.text.unicodeScalars.count } }
  }

  /// Blanks between parts.
  var gap = 3
  private(set) var parts: [Part] = []

  init(gap: Int = 3) { self.gap = gap }

  /// Adds a part; the higher its rank, the sooner it is left out.
  mutating func add(_ rank: Int = 0, _ spans: Span...) {
    parts.append(Part(spans: spans, rank: rank))
  }

  /// Adds a part that was put together elsewhere.
  mutating func add(_ part: Part) { parts.append(part) }

  /// The parts that fit into `width` cells.
  func fitting(_ width: Int) -> [Part] { split(width).kept }

  /// The parts that fit into `width` cells, and those that do not; both in their order.
  func split(_ width: Int) -> (kept: [Part], left: [Part]) {
    var kept = parts.filter { $0.width > 0 }
    var left: [Part] = []
    func total() -> Int { kept.reduce(gap * max(0, kept.count - 1)) { $0 + $1.width } }
    while total() > width,
      let last = kept.indices.max(by: { kept[$0].rank < kept[$1].rank }), kept[last].rank > 0
    {
      left.insert(kept.remove(at: last), at: 0)
    }
    return (kept, left)
  }
}
