/// Evenly spaced values that weights are rounded to: code `c` of `0...levels` stands for
/// `(c - zero) · scale`.
public struct RoundingGrid: Hashable, Sendable {
  /// Distance between neighbouring codes; 0 makes every code stand for 0.
  public var scale: Float
  /// The code that stands for 0.
  public var zero: Float

  /// A grid.
  public init(scale: Float, zero: Float) {
    self.scale = scale
    self.zero = zero
  }

  /// Adding and subtracting 1.5 · 2^23 rounds halves to even without a library call; in between, the
  /// lowest bits of the sum are the integer.
  static let magic: Float = 12_582_912

  /// Replaces the weights of a group by the nearest values of the grid.
  public func round(_ weights: inout MutableSpan<Float>, in group: Range<Int>, levels: Int) {
    let limits = Limits(self, levels)
    var index = group.lowerBound
    while index &+ laneCount <= group.upperBound {
      weights.setLanes(limits.steps(weights.lanes(at: index)) * scale, at: index)
      index &+= laneCount
    }
    for place in index..<group.upperBound {
      weights[place] = limits.steps(Lanes(repeating: weights[place]))[0] * scale
    }
  }

  /// Writes the codes of the values of the grid nearest to a group's weights, at the same indices.
  public func encode(
    _ weights: Span<Float>, in group: Range<Int>, into codes: inout MutableSpan<UInt8>, levels: Int
  ) {
    let limits = Limits(self, levels)
    var index = group.lowerBound
    while index &+ laneCount <= group.upperBound {
      codes.setLanes((limits.steps(weights.lanes(at: index)) + zero).lowBytes, at: index)
      index &+= laneCount
    }
    for place in index..<group.upperBound {
      codes[place] = (limits.steps(Lanes(repeating: weights[place])) + zero).lowBytes[0]
    }
  }

  /// `Σ (w - rounded w)²`.
  public func squaredError(_ weights: Span<Float>, levels: Int) -> Float {
    let limits = Limits(self, levels)
    var sum = Lanes.zero
    let whole = weights.wholeLanes
    for index in stride(from: 0, to: whole, by: laneCount) {
      let weight = weights.lanes(at: index)
      let error = weight - limits.steps(weight) * scale
      sum += error * error
    }
    if whole < weights.count {
      let weight = weights.tail(at: whole, filler: 0)
      let error = weight - limits.steps(weight) * scale
      sum += error * error
    }
    return sum.sum()
  }

  /// The bounds of a grid, ready for sixteen weights at once.
  struct Limits {
    let divisor: Float
    let lowest: Float
    let highest: Float

    init(_ grid: RoundingGrid, _ levels: Int) {
      // With infinity, every finite weight goes to 0.
      divisor = grid.scale > 0 ? grid.scale : .infinity
      lowest = -grid.zero
      highest = Float(levels) - grid.zero
    }

    /// How many steps from 0 the nearest value of the grid lies.
    @inline(__always) func steps(_ weights: Lanes) -> Lanes {
      let bounded = (weights / divisor).larger(Lanes(repeating: lowest))
        .smaller(Lanes(repeating: highest))
      return (bounded + RoundingGrid.magic) - RoundingGrid.magic
    }
  }
}

/// The smallest and the largest element; both 0 for an empty vector.
public func extent(_ x: Span<Float>) -> (least: Float, most: Float) {
  guard x.count > 0 else { return (0, 0) }
  var (least, most) = (Lanes(repeating: x[0]), Lanes(repeating: x[0]))
  let whole = x.wholeLanes
  for index in stride(from: 0, to: whole, by: laneCount) {
    least = least.smaller(x.lanes(at: index))
    most = most.larger(x.lanes(at: index))
  }
  if whole < x.count {
    let rest = x.tail(at: whole, filler: x[0])
    least = least.smaller(rest)
    most = most.larger(rest)
  }
  return (least.min(), most.max())
}

/// Whether no element is infinite or NaN.
public func isFinite(_ x: Span<Float>) -> Bool {
  // The difference is 0 for finite elements, else NaN.
  var sum = Lanes.zero
  let whole = x.wholeLanes
  for index in stride(from: 0, to: whole, by: laneCount) {
    sum += x.lanes(at: index) - x.lanes(at: index)
  }
  if whole < x.count {
    let rest = x.tail(at: whole, filler: 0)
    sum += rest - rest
  }
  return sum.sum() == 0
}

extension Matrix {
  /// Whether no element is infinite or NaN.
  public var isFinite: Bool { (0..<rows).allSatisfy { Numerics.isFinite(row($0)) } }
}
