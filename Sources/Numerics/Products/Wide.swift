internal import COpenBLAS

/// Products of float32 matrices in float64, on the calling thread.
public enum Wide {
  /// `a · b` for `a` `[m, k]` and `b` `[k, n]`, row after row.
  public static func product(_ a: Matrix, _ b: Matrix) -> [Double] {
    precondition(a.columns == b.rows, "shapes do not fit")
    var result = [Double](repeating: 0, count: a.rows * b.columns)
    guard !result.isEmpty, a.columns > 0 else { return result }
    let (left, right) = (a.array.map { Double($0) }, b.array.map { Double($0) })
    unsafe result.withUnsafeMutableBufferPointer { result in
      unsafe left.withUnsafeBufferPointer { left in
        unsafe right.withUnsafeBufferPointer { right in
          // Three arrays of the sizes given, without gaps between rows.
          unsafe cblas_dgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(a.rows), blasint(b.columns),
            blasint(a.columns), 1, left.baseAddress, blasint(a.columns), right.baseAddress,
            blasint(b.columns), 0, result.baseAddress, blasint(b.columns))
        }
      }
    }
    return result
  }
}
