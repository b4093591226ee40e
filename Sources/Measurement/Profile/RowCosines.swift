import Numerics

extension Workers {
  /// The cosine of every row of two residual streams `[tokens, hidden]`.
  func cosines(_ before: Matrix, _ after: Matrix) -> [Float] {
    let size = 512
    let tiles = map((before.rows + size - 1) / size) { tile in
      (tile * size..<min(before.rows, (tile + 1) * size)).map { row in
        cosine(before.row(row), after.row(row))
      }
    }
    return Array(tiles.joined())
  }
}
