import Model
import Numerics

/// HQQ-style quantisation: round-to-nearest on grids that were refined without data, so that outliers
/// among the weights count less.
///
/// Unlike the published method, zero points end as integers of `bits` bits, as the ledger counts them
/// and other formats store them; the scale is refined with them instead. A group keeps the grid of
/// round-to-nearest unless another one lowers `Σ |w - rounded w|`.
public struct HalfQuadraticQuantizer: Sendable {
  private let rounding: RoundToNearest
  private let refinement = HalfQuadratic()
  /// Rounds without a better grid after which a group is done.
  private static let patience = 4

  /// Refines the grids of `quantization`.
  public init(_ quantization: Quantization) { rounding = RoundToNearest(quantization) }

  /// The codes of a weight `[out, in]`.
  ///
  /// - Throws: `weightNotFinite` or `groupDoesNotDivide`.
  public func quantize(
    _ weight: Matrix, workers: Workers = .shared
  ) throws(CompressionProblem) -> QuantizedWeight {
    try rounding.check(weight)
    return rounding.encode(weight, workers: workers) { refinedGrid(fitting: $0) }
  }

  /// The grid of a group, refined.
  func refinedGrid(fitting weights: Span<Float>) -> RoundingGrid {
    var best = rounding.grid(fitting: weights)
    guard best.scale > 0 else { return best }
    let levels = rounding.levels
    var least = refinement.absoluteError(weights, grid: best, levels: levels)
    var grid = best
    var strength = refinement.strength
    var idle = 0
    for _ in 0..<refinement.rounds where idle < Self.patience {
      grid = refinement.fit(
        weights, grid: grid, strength: strength, movesZero: !rounding.quantization.symmetric,
        levels: levels)
      let candidate = storable(grid)
      let error = refinement.absoluteError(weights, grid: candidate, levels: levels)
      idle = error < least ? 0 : idle + 1
      if error < least { (best, least) = (candidate, error) }
      strength *= refinement.growth
    }
    return best
  }

  private func storable(_ grid: RoundingGrid) -> RoundingGrid {
    let zero = min(max(grid.zero.rounded(.toNearestOrEven), 0), Float(rounding.levels))
    return RoundingGrid(scale: rounding.stored(grid.scale), zero: zero)
  }
}
