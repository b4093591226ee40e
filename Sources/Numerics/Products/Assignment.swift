/// The cheapest way to give every row a column of its own (the Hungarian method with potentials, as
/// shortest augmenting paths; Jonker and Volgenant, 1987).
public enum Assignment {
  /// The column of each row of a square matrix of costs, such that the sum is least.
  ///
  /// Costs must be finite. Complexity: O(size³) at worst, about O(size²) where most rows have a
  /// cheapest column of their own.
  public static func cheapest(_ costs: Matrix) -> [Int] {
    precondition(costs.rows == costs.columns, "as many rows as columns")
    var search = Search(costs)
    search.assignCheapestColumns()
    for row in 0..<costs.rows where search.columnOfRow[row] < 0 { search.augment(from: row) }
    return search.columnOfRow
  }
}

/// Dual prices and the assignment so far; a row and column that belong together have reduced cost 0.
private struct Search {
  let costs: Matrix
  var columnOfRow: [Int]
  private var rowOfColumn: [Int]
  private var prices: [Float]
  // Of one search for a path.
  private var distances: [Float]
  private var previous: [Int]
  private var visited: [Bool]

  init(_ costs: Matrix) {
    self.costs = costs
    let size = costs.rows
    columnOfRow = Array(repeating: -1, count: size)
    rowOfColumn = columnOfRow
    prices = Array(repeating: 0, count: size)
    distances = prices
    previous = columnOfRow
    visited = Array(repeating: false, count: size)
  }

  /// Prices columns at their cheapest row and gives each to that row where it is free.
  mutating func assignCheapestColumns() {
    // A copy, because its rows must not borrow `self`.
    let costs = costs
    let size = costs.rows
    guard size > 0 else { return }
    var cheapest = [Int](repeating: 0, count: size)
    let first = costs.row(0)
    for column in 0..<size { prices[column] = first[column] }
    for row in 1..<max(size, 1) {
      let line = costs.row(row)
      for column in 0..<size where line[column] < prices[column] {
        prices[column] = line[column]
        cheapest[column] = row
      }
    }
    for column in 0..<size where columnOfRow[cheapest[column]] < 0 {
      columnOfRow[cheapest[column]] = column
      rowOfColumn[column] = cheapest[column]
    }
  }

  /// Gives `start` a column, by the cheapest chain of rows that move on to another one.
  mutating func augment(from start: Int) {
    let size = costs.rows
    for column in 0..<size {
      distances[column] = .infinity
      visited[column] = false
    }
    var row = start
    var base: Float = 0
    var settled: [Int] = []
    while true {
      let column = nearest(after: row, base)
      base = distances[column]
      visited[column] = true
      guard rowOfColumn[column] >= 0 else {
        for other in settled { prices[other] += distances[other] - base }
        return assign(column, start)
      }
      settled.append(column)
      row = rowOfColumn[column]
    }
  }

  /// Updates the distances over one row and finds the nearest column that was not visited.
  private mutating func nearest(after row: Int, _ base: Float) -> Int {
    let costs = costs
    let line = costs.row(row)
    let own = columnOfRow[row]
    let offset = base - (own >= 0 ? line[own] - prices[own] : 0)
    return Self.relax(
      line, offset: offset, row: row, prices, visited, &distances, &previous)
  }

  private static func relax(
    _ line: Span<Float>, offset: Float, row: Int, _ prices: [Float], _ visited: [Bool],
    _ distances: inout [Float], _ previous: inout [Int]
  ) -> Int {
    var (best, nearest): (Float, Int) = (.infinity, -1)
    var distances = distances.mutableSpan
    var previous = previous.mutableSpan
    let (prices, visited) = (prices.span, visited.span)
    for column in 0..<line.count where !visited[column] {
      let distance = offset + line[column] - prices[column]
      if distance < distances[column] {
        distances[column] = distance
        previous[column] = row
      }
      if distances[column] < best || nearest < 0 {
        best = distances[column]
        nearest = column
      }
    }
    return nearest
  }

  private mutating func assign(_ last: Int, _ start: Int) {
    var column = last
    while true {
      let row = previous[column]
      let given = columnOfRow[row]
      rowOfColumn[column] = row
      columnOfRow[row] = column
      if row == start { return }
      column = given
    }
  }
}
