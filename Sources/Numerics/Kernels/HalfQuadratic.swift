/// Half-quadratic refinement of a group's grid (HQQ, Badri and Shaji 2023): outliers count less than in
/// a fit of least squares, so the grid serves the many.
///
/// It alternates between splitting off the part of the error that looks like outliers, by the proximal
/// step of the `l_p` norm with `p = 0.7`, and fitting the grid to the rest.
public struct HalfQuadratic: Sendable {
  /// Rounds of splitting and fitting.
  public var rounds = 20
  /// How strongly the split holds at first; it grows by `growth` a round.
  ///
  /// For errors in steps of the grid: at 2.5, half a step is no outlier yet.
  public var strength: Float = 2.5
  /// Growth of the strength, a factor.
  public var growth: Float = 1.1

  /// A refinement with settings for steps.
  public init() {}

  /// Fits a grid to what is left of the weights without outliers, given the codes of a grid.
  ///
  /// - Parameters:
  ///   - weights: the group
  ///   - grid: the grid of this round; its zero may lie between codes
  ///   - strength: how strongly the split holds
  ///   - movesZero: whether the zero is free
  ///   - levels: the highest code
  /// - Returns: the fitted grid, its zero not rounded.
  public func fit(
    _ weights: Span<Float>, grid: RoundingGrid, strength: Float, movesZero: Bool, levels: Int
  ) -> RoundingGrid {
    var sums = Sums()
    for index in stride(from: 0, to: weights.wholeLanes, by: laneCount) {
      sums.add(weights.lanes(at: index), grid, strength, Float(levels))
    }
    // A filler of 0 would count; the rest is short, so it goes one by one.
    for index in weights.wholeLanes..<weights.count {
      var lone = Sums()
      lone.add(Lanes(repeating: weights[index]), grid, strength, Float(levels))
      sums.addFirst(lone)
    }
    let count = Float(weights.count)
    let (codes, parts) = (sums.codes.sum(), sums.parts.sum())
    let zero = movesZero ? (codes - parts / grid.scale) / count : grid.zero
    // Least squares for the scale, given codes and zero.
    let products = sums.products.sum() - zero * parts
    let squares = sums.squares.sum() - 2 * zero * codes + zero * zero * count
    guard squares > 0, products > 0 else { return RoundingGrid(scale: grid.scale, zero: zero) }
    return RoundingGrid(scale: products / squares, zero: zero)
  }

  /// `Σ |w - rounded w|`.
  public func absoluteError(
    _ weights: Span<Float>, grid: RoundingGrid, levels: Int
  ) -> Float {
    let limits = RoundingGrid.Limits(grid, levels)
    var sum = Lanes.zero
    let whole = weights.wholeLanes
    for index in stride(from: 0, to: whole, by: laneCount) {
      let weight = weights.lanes(at: index)
      sum += Lanes(bits: (weight - limits.steps(weight) * grid.scale).bits & 0x7FFF_FFFF)
    }
    if whole < weights.count {
      let weight = weights.tail(at: whole, filler: 0)
      sum += Lanes(bits: (weight - limits.steps(weight) * grid.scale).bits & 0x7FFF_FFFF)
    }
    return sum.sum()
  }

  /// Sums over a group: of codes, their squares, weights without outliers, and products of both.
  private struct Sums {
    var codes = Lanes.zero
    var squares = Lanes.zero
    var parts = Lanes.zero
    var products = Lanes.zero

    @inline(__always)
    mutating func add(_ weight: Lanes, _ grid: RoundingGrid, _ strength: Float, _ levels: Float) {
      let place = (weight / grid.scale + grid.zero).larger(.zero)
        .smaller(Lanes(repeating: levels))
      let code = (place + RoundingGrid.magic) - RoundingGrid.magic
      let nearest = (code - grid.zero) * grid.scale
      // In steps of the grid, so that the split does not depend on the size of the weights.
      let error = (weight - nearest) / grid.scale
      let part = weight - HalfQuadratic.outlier(error, strength) * grid.scale
      codes += code
      squares += code * code
      parts += part
      products += code * part
    }

    mutating func addFirst(_ other: Sums) {
      codes[0] += other.codes[0]
      squares[0] += other.squares[0]
      parts[0] += other.parts[0]
      products[0] += other.products[0]
    }
  }

  /// `sign(e) · max(|e| - |e|^(p - 1) / strength, 0)`, the proximal step of `|e|^p`.
  ///
  /// The power is taken on the bits of the float, which is exact to a few percent: enough to tell
  /// outliers from the rest.
  @inline(__always) static func outlier(_ error: Lanes, _ strength: Float) -> Lanes {
    let magnitude = Lanes(bits: error.bits & 0x7FFF_FFFF)
    // |e|^-0.3: the bits of a float are about linear in its logarithm, and those of 1 are `one`. In
    // whole numbers, 77 / 256 is 0.3.
    let tenths = (magnitude.bits &>> 8) &* 77
    let power = Lanes(bits: SIMD16<UInt32>(repeating: one &+ one / 256 &* 77) &- tenths)
    let shrunk = magnitude - power / strength
    let positive = shrunk.replacing(with: 0, where: shrunk .< 0)
    return Lanes(bits: positive.bits | (error.bits & 0x8000_0000))
  }

  private static let one: UInt32 = 0x3F80_0000
}
