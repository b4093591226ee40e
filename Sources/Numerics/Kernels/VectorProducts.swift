/// `Σ x_i y_i` of two vectors of the same length.
public func dot(_ x: Span<Float>, _ y: Span<Float>) -> Float {
  precondition(x.count == y.count, "lengths differ")
  // Four accumulators, so that additions do not wait for each other.
  var (first, second, third, fourth) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
  var index = 0
  while index &+ 4 * laneCount <= x.count {
    first += x.lanes(at: index) * y.lanes(at: index)
    second += x.lanes(at: index &+ 16) * y.lanes(at: index &+ 16)
    third += x.lanes(at: index &+ 32) * y.lanes(at: index &+ 32)
    fourth += x.lanes(at: index &+ 48) * y.lanes(at: index &+ 48)
    index &+= 4 * laneCount
  }
  while index &+ laneCount <= x.count {
    first += x.lanes(at: index) * y.lanes(at: index)
    index &+= laneCount
  }
  var sum = ((first + second) + (third + fourth)).sum()
  while index < x.count {
    sum += x[index] * y[index]
    index &+= 1
  }
  return sum
}

/// Euclidean length of a vector.
public func norm(_ x: Span<Float>) -> Float { dot(x, x).squareRoot() }

/// Cosine of the angle between two vectors of the same length; 0 where one of them is zero.
public func cosine(_ x: Span<Float>, _ y: Span<Float>) -> Float {
  let lengths = norm(x) * norm(y)
  return lengths > 0 ? dot(x, y) / lengths : 0
}

/// Adds `weight · x` to `sum`, both of the same length.
public func add(_ x: Span<Float>, weight: Float, to sum: inout MutableSpan<Float>) {
  precondition(x.count == sum.count, "lengths differ")
  let whole = x.wholeLanes
  for index in stride(from: 0, to: whole, by: laneCount) {
    sum.setLanes(sum.lanes(at: index) + x.lanes(at: index) * weight, at: index)
  }
  for index in whole..<x.count { sum[index] += x[index] * weight }
}

/// Adds `x` to `sum`, both of the same length.
public func add(_ x: Span<Float>, to sum: inout MutableSpan<Float>) {
  precondition(x.count == sum.count, "lengths differ")
  let whole = x.wholeLanes
  for index in stride(from: 0, to: whole, by: laneCount) {
    sum.setLanes(sum.lanes(at: index) + x.lanes(at: index), at: index)
  }
  for index in whole..<x.count { sum[index] += x[index] }
}

/// Limits every element to `-limit ... limit`.
public func clamp(_ x: inout MutableSpan<Float>, to limit: Float) {
  for index in x.indices { x[index] = max(-limit, min(limit, x[index])) }
}
