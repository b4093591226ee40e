internal import COpenBLAS

/// The triangular factor of an inverse, which column-by-column compression sweeps with.
public enum InverseFactor {
  /// Widest matrix that is factored in float64 at once, because there it costs next to nothing.
  ///
  /// Wider ones are factored in float32, in half the time and memory: the elements come in float32, so
  /// float64 would be exact about rounded numbers. It is tried where float32 fails.
  static let widestInDouble = 512

  /// The lower triangular `L` with `A⁻¹ = L Lᵀ`, torch's `cholesky(A⁻¹, upper=True)` transposed, or
  /// `nil` if `A` is not positive definite.
  ///
  /// With `J` the reversal of the indices and `J A J = M Mᵀ`, `L` is `J M⁻ᵀ J`: one factorisation and
  /// one triangular inverse, half the arithmetic of inverting `A` and factoring that, and more exact.
  ///
  /// - Parameters:
  ///   - matrix: `[size, size]`, of which the lower triangle is read
  ///   - order: `A[i, j]` is `matrix[order[i], order[j]]`; a permutation
  ///   - diagonal: what is added to `A[i, i]`, in the order of `matrix`
  /// - Returns: `L` `[size, size]`, zeros above its diagonal.
  public static func lower(_ matrix: Matrix, order: [Int]?, adding diagonal: [Float]) -> Matrix? {
    let size = matrix.rows
    precondition(matrix.columns == size && diagonal.count == size, "shapes do not fit")
    precondition(order.map { $0.count == size } ?? true, "shapes do not fit")
    if size > widestInDouble, let factor = lower(matrix, order, diagonal, as: Float.self) {
      return factor
    }
    return lower(matrix, order, diagonal, as: Double.self)
  }

  static func lower<Scalar: Factorable>(
    _ matrix: Matrix, _ order: [Int]?, _ diagonal: [Float], as: Scalar.Type
  ) -> Matrix? {
    var elements: [Scalar] = reversed(matrix, order, diagonal)
    let size = matrix.rows
    guard Scalar.invertFactor(&elements, size: size) else { return nil }
    let result = Matrix(uninitialized: size, size)
    let last = size * size - 1
    for row in 0..<size {
      var target = result.mutableRow(row)
      for column in 0...row { target[column] = Float(elements[last - row * size - column]) }
      for column in row + 1..<max(size, row + 1) { target[column] = 0 }
      guard target[row].isFinite, target[row] > 0 else { return nil }
    }
    return result
  }

  /// The lower triangle of `A` in reversed order, so that it ends up in the upper one.
  private static func reversed<Scalar: Factorable>(
    _ matrix: Matrix, _ order: [Int]?, _ diagonal: [Float]
  ) -> [Scalar] {
    let size = matrix.rows
    var elements = [Scalar](repeating: 0, count: size * size)
    var target = elements.mutableSpan
    let last = size * size - 1
    for row in 0..<size {
      let place = last - row * size
      if let order {
        let source = order[row]
        for column in 0...row {
          let (low, high) = (min(source, order[column]), max(source, order[column]))
          target[place - column] = Scalar(matrix[high, low])
        }
        target[place - row] += Scalar(diagonal[source])
      } else {
        let source = matrix.row(row)
        for column in 0...row { target[place - column] = Scalar(source[column]) }
        target[place - row] += Scalar(diagonal[row])
      }
    }
    return elements
  }
}

/// A number type that LAPACK factors.
protocol Factorable: BinaryFloatingPoint {
  /// Replaces the row-major upper triangle of `A` by that of `M⁻ᵀ`, with `A = M Mᵀ`; false if `A` is not
  /// positive definite.
  static func invertFactor(_ elements: inout [Self], size: Int) -> Bool
}

extension Double: Factorable {
  static func invertFactor(_ elements: inout [Double], size: Int) -> Bool {
    var (triangle, diagonal) = (CChar(UInt8(ascii: "L")), CChar(UInt8(ascii: "N")))
    var (order, stride, status) = (Int32(size), Int32(max(size, 1)), Int32(0))
    unsafe elements.withUnsafeMutableBufferPointer { elements in
      // `size · size` elements; the scalars live through the calls.
      unsafe dpotrf_(&triangle, &order, elements.baseAddress, &stride, &status)
      guard status == 0 else { return }
      unsafe dtrtri_(&triangle, &diagonal, &order, elements.baseAddress, &stride, &status)
    }
    return status == 0
  }
}

extension Float: Factorable {
  static func invertFactor(_ elements: inout [Float], size: Int) -> Bool {
    var (triangle, diagonal) = (CChar(UInt8(ascii: "L")), CChar(UInt8(ascii: "N")))
    var (order, stride, status) = (Int32(size), Int32(max(size, 1)), Int32(0))
    unsafe elements.withUnsafeMutableBufferPointer { elements in
      // `size · size` elements; the scalars live through the calls.
      unsafe spotrf_(&triangle, &order, elements.baseAddress, &stride, &status)
      guard status == 0 else { return }
      unsafe strtri_(&triangle, &diagonal, &order, elements.baseAddress, &stride, &status)
    }
    return status == 0
  }
}
