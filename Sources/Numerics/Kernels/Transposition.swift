extension Matrix {
  /// Writes the transpose of `source` `[n, m]`: `self[i, j] = source[j, order[i]]` for the first `n`
  /// columns, 0 in those beyond.
  ///
  /// `self` is `[m, at least n]`; without `order`, row `i` is column `i`.
  public func setTransposed(_ source: Matrix, order: [Int]? = nil) {
    precondition(
      rows == source.columns && columns >= source.rows && (order?.count ?? rows) == rows,
      "shapes do not fit")
    // Sixteen columns of a row are written at once: one cache line, read from sixteen streams.
    for start in Swift.stride(from: 0, to: columns, by: 16) {
      let width = min(columns, start + 16)
      let filled = max(start, min(width, source.rows))
      for row in 0..<rows {
        let column = order.map { $0[row] } ?? row
        for place in start..<filled { self[row, place] = source[place, column] }
        for place in filled..<width { self[row, place] = 0 }
      }
    }
  }
}

extension CodeMatrix {
  /// Writes swept columns to the rows they belong to: `self[first + r, order[columns][c]]` is
  /// `swept[c, r]`, for as many rows as `count` says.
  ///
  /// - Parameters:
  ///   - swept: codes of consecutive columns of a sweep, `[columns, at least count]`
  ///   - columns: which columns of the sweep they are
  ///   - order: the input that each column of the sweep is; `nil` for the input of the same index
  ///   - first: the first row
  ///   - count: rows
  public func scatterTransposed(
    _ swept: CodeMatrix, columns: Range<Int>, order: [Int]?, first: Int, count: Int
  ) {
    precondition(swept.rows >= columns.count && swept.columns >= count, "shapes do not fit")
    let source = swept.elements()
    for row in 0..<count {
      var target = mutableRow(first + row)
      for column in columns {
        let code = source[(column &- columns.lowerBound) &* swept.columns &+ row]
        target[order.map { $0[column] } ?? column] = code
      }
    }
  }
}
