/// Width and height in cells.
public struct Size: Hashable, Sendable {
  /// Cells in a row.
  public var columns: Int
  /// Rows.
  public var rows: Int

  /// A size of `columns` by `rows` cells.
  public init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
  }
}

/// What a colour stands for; the theme says how it looks.
public enum Paint: Hashable, Sendable {
  /// The terminal's own colour.
  case plain
  /// A colour of the theme, by purpose.
  case role(Role)
  /// A shade of the theme's heat ramp, 0 (least) ..< `heatLevels` (most).
  case heat(UInt8)

  /// Shades of a heat ramp; more than about eleven cannot be told apart in 256 colours.
  public static let heatLevels = 9

  /// The purposes a theme gives colours to.
  public enum Role: String, CaseIterable, Codable, Sendable {
    /// Ordinary text.
    case text
    /// Labels and help, less important than `text`.
    case muted
    /// Frames and rules.
    case line
    /// What the eye should meet first: titles, the active tab.
    case accent
    /// The cursor on the map and in lists.
    case cursor
    /// A selected range.
    case selection
    /// Background of bars (tabs, footer).
    case bar
    /// A dropped expert, layer or block.
    case dropped
    /// Good news: measured, saved, finished.
    case good
    /// Attention: stale, unsaved, unreliable.
    case warning
    /// Failure.
    case bad
    /// Text drawn on light shades of the heat ramp.
    case inkOnLight
    /// Text drawn on dark shades of the heat ramp.
    case inkOnDark
    /// A predicted figure.
    case predicted
    /// A measured figure.
    case measured
  }
}

/// Ways to emphasise a cell beside its colours.
public struct Attributes: OptionSet, Hashable, Sendable {
  /// The attributes as bits.
  public let rawValue: UInt8
  /// Attributes from their bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// Bold.
  public static let bold = Attributes(rawValue: 1)
  /// Dim.
  public static let dim = Attributes(rawValue: 2)
  /// Underlined.
  public static let underline = Attributes(rawValue: 4)
  /// Foreground and background swapped.
  public static let reverse = Attributes(rawValue: 8)
}

/// How a cell looks.
public struct Style: Hashable, Sendable {
  /// Colour of the character.
  public var foreground: Paint
  /// Colour behind it.
  public var background: Paint
  /// Emphasis.
  public var attributes: Attributes

  /// A style; the default is the terminal's own.
  public init(
    _ foreground: Paint = .plain, on background: Paint = .plain, _ attributes: Attributes = []
  ) {
    self.foreground = foreground
    self.background = background
    self.attributes = attributes
  }

  /// The style of ordinary text in a role's colour.
  public init(_ role: Paint.Role, _ attributes: Attributes = []) {
    self.init(.role(role), attributes)
  }
}

/// One character cell.
public struct Cell: Hashable, Sendable {
  /// The character; always one column wide.
  public var character: Unicode.Scalar
  /// How it looks.
  public var style: Style

  /// A cell.
  public init(_ character: Unicode.Scalar = " ", _ style: Style = Style()) {
    self.character = character
    self.style = style
  }
}

/// A frame: what `render` returns and the terminal shows.
public struct Screen: Hashable, Sendable {
  /// Its size.
  public let size: Size
  /// Its cells, row by row.
  public private(set) var cells: [Cell]

  /// An empty frame.
  public init(size: Size) {
    self.size = size
    cells = Array(repeating: Cell(), count: size.columns * size.rows)
  }

  /// The cell at a place; places outside the frame read as empty and ignore writes.
  public subscript(column: Int, row: Int) -> Cell {
    get { contains(column, row) ? cells[row * size.columns + column] : Cell() }
    set { if contains(column, row) { cells[row * size.columns + column] = newValue } }
  }

  /// The characters of a row, trailing blanks removed: what golden tests compare.
  public func text(row: Int) -> String {
    var text = String.UnicodeScalarView()
    for column in 0..<size.columns { text.append(self[column, row].character) }
    while text.last == " " { text.removeLast() }
    return String(text)
  }

  private func contains(_ column: Int, _ row: Int) -> Bool {
    column >= 0 && column < size.columns && row >= 0 && row < size.rows
  }
}
