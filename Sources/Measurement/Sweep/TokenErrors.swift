import Model
import Numerics

/// Averages what happened to single tokens, overall and by domain.
struct TokenErrors: Sendable {
  /// The domain of each token.
  private let domains: [Int]
  private let count: Int

  /// Tokens of the windows of a batch, in order.
  init(_ items: [TokenWindows.Item], domains count: Int) {
    domains = items.flatMap { Array(repeating: $0.domain, count: $0.ids.count) }
    self.count = count
  }

  /// A probe's error from `moved`, `‖h' − h‖²` of each token, and `lengths`, `‖h‖²`.
  ///
  /// - Parameters:
  ///   - probe: the probe
  ///   - moved: one entry for each of `tokens`
  ///   - tokens: rows of the batch; `nil` for all
  ///   - lengths: one entry for each row of the batch
  /// - Returns: the means.
  func error(
    of probe: Probe, moved: [Float], tokens: [Int]? = nil, lengths: [Float]
  ) -> LocalError {
    var sums = Array(repeating: 0.0, count: count)
    var counts = Array(repeating: 0, count: count)
    for (index, squared) in moved.enumerated() {
      let token = tokens?[index] ?? index
      guard lengths[token] > 0 else { continue }
      sums[domains[token]] += Double(squared / lengths[token])
      counts[domains[token]] += 1
    }
    return LocalError(
      probe: probe, error: sums.reduce(0, +) / Double(max(1, counts.reduce(0, +))),
      errorByDomain: zip(sums, counts).map { $0 / Double(max(1, $1)) })
  }
}

extension Workers {
  /// `‖x‖²` of every row.
  func squaredLengths(_ rows: Matrix) -> [Float] {
    tiles(of: rows.rows) { row in dot(rows.row(row), rows.row(row)) }
  }

  /// `‖x − y‖²` of every row of two matrices of the same shape.
  func squaredDistances(_ left: Matrix, _ right: Matrix) -> [Float] {
    let difference = Matrix(uninitialized: left.rows, left.columns)
    difference.copy(from: left)
    return tiles(of: left.rows) { row in
      var target = difference.mutableRow(row)
      add(right.row(row), weight: -1, to: &target)
      return dot(difference.row(row), difference.row(row))
    }
  }

  private func tiles(of rows: Int, _ value: @escaping @Sendable (Int) -> Float) -> [Float] {
    let size = 512
    return Array(
      map((rows + size - 1) / size) { tile in
        (tile * size..<min(rows, (tile + 1) * size)).map(value)
      }.joined())
  }
}
