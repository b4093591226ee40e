/// Adds `|x|` to `sum`, both of the same length.
public func addMagnitudes(_ x: Span<Float>, to sum: inout MutableSpan<Float>) {
  precondition(x.count == sum.count, "lengths differ")
  let whole = x.wholeLanes
  for index in stride(from: 0, to: whole, by: laneCount) {
    let magnitude = Lanes(bits: x.lanes(at: index).bits & 0x7FFF_FFFF)
    sum.setLanes(sum.lanes(at: index) + magnitude, at: index)
  }
  for index in whole..<x.count { sum[index] += abs(x[index]) }
}

/// Multiplies two vectors of the same length, element by element, into the first.
public func multiply(_ x: inout MutableSpan<Float>, by y: Span<Float>) {
  precondition(x.count == y.count, "lengths differ")
  let whole = x.wholeLanes
  for index in stride(from: 0, to: whole, by: laneCount) {
    x.setLanes(x.lanes(at: index) * y.lanes(at: index), at: index)
  }
  for index in whole..<x.count { x[index] *= y[index] }
}

/// Writes `|x| · y`, element by element, all of the same length.
public func setMagnitudes(
  _ x: Span<Float>, times y: Span<Float>, into result: inout MutableSpan<Float>
) {
  precondition(x.count == y.count && x.count == result.count, "lengths differ")
  let whole = x.wholeLanes
  for index in stride(from: 0, to: whole, by: laneCount) {
    let magnitude = Lanes(bits: x.lanes(at: index).bits & 0x7FFF_FFFF)
    result.setLanes(magnitude * y.lanes(at: index), at: index)
  }
  for index in whole..<x.count { result[index] = abs(x[index]) * y[index] }
}

extension Matrix {
  /// `Σ_r row_r · gram · row_rᵀ`: the squared output of the rows over all inputs that `gram`
  /// `[columns, columns]` sums up.
  public func squaredOutput(gram: Matrix) -> Double {
    let products = Matrix(uninitialized: rows, columns)
    products.setProduct(self, transposed: gram)
    return (0..<rows).reduce(0) { $0 + Double(dot(products.row($1), row($1))) }
  }
}
