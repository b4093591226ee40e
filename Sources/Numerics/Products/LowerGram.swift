internal import COpenBLAS

extension Matrix {
  /// Adds `xᵀ · x` to the lower triangle alone, for `x` `[n, columns]`, on the calling thread.
  public func addLowerGram(_ x: Matrix) {
    precondition(rows == x.columns && columns == x.columns, "shapes do not fit")
    guard columns > 0, x.rows > 0 else { return }
    withExtendedLifetime((x, self)) {
      // Both matrices hold the rows and columns given, at the strides given.
      unsafe cblas_ssyrk(
        CblasRowMajor, CblasLower, CblasTrans, blasint(columns), blasint(x.rows), 1, x.base,
        blasint(x.stride), 1, base, blasint(stride))
    }
  }

  /// Copies the lower triangle of a square matrix to the upper one, in tiles that fit the cache.
  public func mirrorLowerTriangle() {
    precondition(rows == columns, "only squares have triangles")
    let tile = 32
    for top in Swift.stride(from: 0, to: rows, by: tile) {
      for left in Swift.stride(from: 0, through: top, by: tile) {
        for row in top..<min(rows, top + tile) {
          for column in left..<min(row, left + tile) { self[column, row] = self[row, column] }
        }
      }
    }
  }
}
