/// Rows of cells in aligned columns: the first column to the left, all others to the right.
struct TextTable {
  private var rows: [[String]]
  private let indent: Int
  /// Whether the last column holds words, and so stands to the left.
  var endsInWords = false

  /// A table with its headings.
  init(_ headings: String..., indent: Int = 0) {
    rows = [headings]
    self.indent = indent
  }

  /// Adds columns.
  mutating func addHeadings(_ headings: [String]) { rows[0] += headings }

  /// Adds a row.
  mutating func add(_ cells: String...) { rows.append(cells) }

  /// Adds a row.
  mutating func add(_ cells: [String]) { rows.append(cells) }

  /// The lines.
  var text: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        let isWords = column == 0 || (endsInWords && column == columns - 1)
        return isWords ? cell + blanks : blanks + cell
      }
      let line = String(repeating: " ", count: indent) + cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}
