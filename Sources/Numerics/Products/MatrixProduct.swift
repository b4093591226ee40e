internal import COpenBLAS
internal import CVectors

/// Products of matrices, on the calling thread alone: callers split rows or experts over `Workers`.
extension Matrix {
  /// Writes `x · wᵀ`: with `x` `[m, k]` and `w` `[n, k]` (a linear's `[out, in]`), `self` is `[m, n]`.
  ///
  /// With `accumulating`, adds to what `self` holds.
  public func setProduct(
    _ x: Matrix, transposed w: Matrix, scale: Float = 1, accumulating: Bool = false
  ) {
    precondition(
      x.columns == w.columns && rows == x.rows && columns == w.rows, "shapes do not fit")
    if Self.isForKernel(rows: rows, columns: columns) && x.columns > 0 {
      multiplyByKernel(x, w, scale, accumulating)
    } else {
      multiply(x, w, transposed: true, scale, accumulating)
    }
  }

  /// Writes `a · b`: with `a` `[m, k]` and `b` `[k, n]`, `self` is `[m, n]`.
  ///
  /// With `accumulating`, adds to what `self` holds.
  public func setProduct(
    _ a: Matrix, _ b: Matrix, scale: Float = 1, accumulating: Bool = false
  ) {
    precondition(a.columns == b.rows && rows == a.rows && columns == b.columns, "shapes do not fit")
    multiply(a, b, transposed: false, scale, accumulating)
  }

  /// Writes `xᵀ · x` for `x` `[n, columns]`, both triangles.
  ///
  /// With `accumulating`, adds to what `self` `[columns, columns]` holds, which must then be
  /// symmetric.
  public func setGram(_ x: Matrix, scale: Float = 1, accumulating: Bool = false) {
    precondition(rows == x.columns && columns == x.columns, "shapes do not fit")
    guard columns > 0 else { return }
    if x.rows > 0 {
      withExtendedLifetime((x, self)) {
        // Both matrices hold the rows and columns given, at the strides given.
        unsafe cblas_ssyrk(
          CblasRowMajor, CblasLower, CblasTrans, blasint(columns), blasint(x.rows), scale, x.base,
          blasint(x.stride), accumulating ? 1 : 0, base, blasint(stride))
      }
    } else if !accumulating {
      fill(0)
    }
    mirrorLowerTriangle()
  }

  /// Whether our own kernel is faster than the library's for a product of this shape: measured for 1
  /// to 640 rows, 16 to 32,000 columns.
  ///
  /// It does not pack `x`, and with fewer columns its vectors are not full.
  private static func isForKernel(rows: Int, columns: Int) -> Bool {
    rows >= fewestRowsAlone && rowsStandAlone(columns: columns)
  }

  /// The fewest rows `x` must have for `rowsStandAlone(columns:)`.
  public static let fewestRowsAlone = 8

  /// Whether a row of `x · wᵀ` has the same bits whatever the other rows of `x` are and however many,
  /// for `w` of so many rows: our own kernel promises it, the library does not.
  public static func rowsStandAlone(columns: Int) -> Bool {
    (columns == 32 || columns >= 64) && lathe_multiplies() != 0
  }

  private func multiplyByKernel(_ x: Matrix, _ w: Matrix, _ scale: Float, _ accumulating: Bool) {
    withExtendedLifetime((x, w, self)) {
      // All three matrices hold the rows and columns given, at the strides given.
      var product = unsafe lathe_product(
        x: x.base, w: w.base, y: base, rows: rows, columns: columns, depth: x.columns,
        x_stride: x.stride, w_stride: w.stride, y_stride: stride, scale: scale,
        accumulates: accumulating ? 1 : 0)
      unsafe lathe_multiply(&product)
    }
  }

  private func multiply(
    _ a: Matrix, _ b: Matrix, transposed: Bool, _ scale: Float, _ accumulating: Bool
  ) {
    guard rows > 0, columns > 0 else { return }
    guard a.columns > 0 else {
      if !accumulating { fill(0) }
      return
    }
    withExtendedLifetime((a, b, self)) {
      // All three matrices hold the rows and columns given, at the strides given.
      unsafe cblas_sgemm(
        CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, blasint(rows),
        blasint(columns), blasint(a.columns), scale, a.base, blasint(a.stride), b.base,
        blasint(b.stride), accumulating ? 1 : 0, base, blasint(stride))
    }
  }
}
