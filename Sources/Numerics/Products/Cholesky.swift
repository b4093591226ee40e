internal import COpenBLAS

/// Cholesky factors and inverses of symmetric positive definite matrices, in float64, on the calling
/// thread alone.
///
/// Matrices are `[size, size]`, row-major, in an array of `size · size` elements.
public enum Cholesky {
  /// Which half of the square a factor fills; the other half is 0.
  public enum Triangle: Sendable {
    /// `A = L Lᵀ`
    case lower
    /// `A = Uᵀ U`, torch's `upper=True`
    case upper

    /// LAPACK counts in columns, so it sees our rows transposed.
    fileprivate var name: CChar {
      switch self {
      case .lower: CChar(UInt8(ascii: "U"))
      case .upper: CChar(UInt8(ascii: "L"))
      }
    }
  }

  /// The factor of `matrix`, or `nil` if it is not positive definite.
  public static func factor(_ matrix: [Double], size: Int, _ triangle: Triangle) -> [Double]? {
    guard var factor = factored(matrix, size: size, triangle) else { return nil }
    for row in 0..<size {
      let empty = triangle == .lower ? row + 1..<size : 0..<row
      for column in empty { factor[row * size + column] = 0 }
    }
    return factor
  }

  /// The inverse of `matrix`, both triangles, or `nil` if it is not positive definite.
  public static func inverse(_ matrix: [Double], size: Int) -> [Double]? {
    guard var inverse = factored(matrix, size: size, .lower) else { return nil }
    var name = Triangle.lower.name
    var order = Int32(size)
    var stride = Int32(max(size, 1))
    var status: Int32 = 0
    unsafe inverse.withUnsafeMutableBufferPointer { elements in
      // `size · size` elements, checked in `factored`; the scalars live through the call.
      unsafe dpotri_(&name, &order, elements.baseAddress, &stride, &status)
    }
    guard status == 0 else { return nil }
    for row in 0..<size {
      for column in 0..<row { inverse[column * size + row] = inverse[row * size + column] }
    }
    return inverse
  }

  /// The rows `x` with `x · matrix = rows`, or `nil` if `matrix` is not positive definite.
  ///
  /// `rows` is `[n, size]`, row-major, and so is the result.
  public static func solve(_ matrix: [Double], size: Int, rows: [Double]) -> [Double]? {
    precondition(size > 0 && rows.count.isMultiple(of: size), "elements do not fill the rows")
    guard let factor = factored(matrix, size: size, .lower) else { return nil }
    var solution = rows
    var name = Triangle.lower.name
    var (order, columns, status) = (Int32(size), Int32(rows.count / size), Int32(0))
    var stride = order
    unsafe solution.withUnsafeMutableBufferPointer { solution in
      unsafe factor.withUnsafeBufferPointer { factor in
        // `size · size` and `columns · size` elements, checked above; our rows are LAPACK's columns, and
        // the matrix is symmetric.
        unsafe dpotrs_(
          &name, &order, &columns, factor.baseAddress, &stride, solution.baseAddress, &order,
          &status)
      }
    }
    return status == 0 ? solution : nil
  }

  /// One triangle of the factor, with what `matrix` holds in the other.
  private static func factored(
    _ matrix: [Double], size: Int, _ triangle: Triangle
  ) -> [Double]? {
    precondition(matrix.count == size * size, "elements do not fill the matrix")
    var factor = matrix
    var name = triangle.name
    var order = Int32(size)
    var stride = Int32(max(size, 1))
    var status: Int32 = 0
    unsafe factor.withUnsafeMutableBufferPointer { elements in
      // `size · size` elements, checked above; the scalars live through the call.
      unsafe dpotrf_(&name, &order, elements.baseAddress, &stride, &status)
    }
    return status == 0 ? factor : nil
  }
}
