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
    let whole = row.wholeLanes
    var sums = Lanes.zero
    for index in stride(from: 0, to: whole, by: laneCount) {
      let powers = exponential(row.lanes(at: index) - largest)
      row.setLanes(powers, at: index)
      sums += powers
    }
    if whole < row.count {
      // The filler's power is 0.
      let powers = exponential(row.tail(at: whole, filler: -.infinity) - largest)
      row.setTail(powers, at: whole)
      sums += powers
    }
    return sums.sum()
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
  // Two accumulators, so that comparisons do not wait for each other.
  var first = Lanes(repeating: -.infinity)
  var second = first
  var index = 0
  while index &+ 2 * laneCount <= x.count {
    first = first.larger(x.lanes(at: index))
    second = second.larger(x.lanes(at: index &+ laneCount))
    index &+= 2 * laneCount
  }
  if index &+ laneCount <= x.count {
    first = first.larger(x.lanes(at: index))
    index &+= laneCount
  }
  var result = first.larger(second).max()
  while index < x.count {
    result = x[index] > result ? x[index] : result
    index &+= 1
  }
  return result
}
