internal import CVectors

/// `exp(x_i) / Σ exp(x_j)`.
public enum Softmax {
  /// Replaces one row by its softmax; `-infinity` becomes 0, and a row of nothing else becomes 0s.
  public static func apply(_ row: inout MutableSpan<Float>) {
    let sum = unnormalized(&row)
    if sum > 0 { scale(&row, by: 1 / sum) }
  }

  /// Replaces one row by `exp(x_i - max x)` and returns the sum, by which a caller divides later.
  ///
  /// A row of nothing but `-infinity` becomes 0s and has the sum 0.
  static func unnormalized(_ row: inout MutableSpan<Float>) -> Float {
    let largest = maximum(row.span)
    guard largest != -.infinity else {
      row.update(repeating: 0)
      return 0
    }
    // As many elements as the span has.
    return unsafe row.withUnsafeMutableBufferPointer { elements in
      guard let start = elements.baseAddress else { return 0 }
      return unsafe lathe_powers(start, elements.count, largest)
    }
  }

  /// Multiplies every element.
  static func scale(_ row: inout MutableSpan<Float>, by factor: Float) {
    let whole = row.wholeLanes
    for index in stride(from: 0, to: whole, by: laneCount) {
      row.setLanes(row.lanes(at: index) * factor, at: index)
    }
    for index in whole..<row.count { row[index] *= factor }
  }
}

/// The largest element; `-infinity` of nothing, `NaN`s are passed over.
public func maximum(_ x: Span<Float>) -> Float {
  // As many elements as the span has.
  unsafe x.withUnsafeBufferPointer { elements in
    guard let start = elements.baseAddress else { return -.infinity }
    return unsafe lathe_maximum(start, elements.count)
  }
}
