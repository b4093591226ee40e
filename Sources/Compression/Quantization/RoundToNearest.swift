import Model
import Numerics

/// Round-to-nearest quantisation: each weight goes to the nearest code of its group's grid.
///
/// Per group of inputs of a row (GPTQ's grid, arXiv 2210.17323, which AWQ and RTN baselines share):
/// asymmetric `scale = (max - min) / (2^bits - 1)` with `min <= 0 <= max` and
/// `zero = round(-min / scale)`; symmetric `scale = 2 max|w| / (2^bits - 1)` with
/// `zero = 2^(bits - 1)`. A code is `clamp(round(w / scale) + zero, 0, 2^bits - 1)` and stands for
/// `(code - zero) * scale`. Halves round to even. Unlike the reference, scales are rounded to
/// float16 first, because that is how the ledger counts them and how they will be stored.
public struct RoundToNearest: Sendable {
  /// Whose range a grid spans; only oracles ask for another than the first.
  public enum Convention: Sendable {
    /// What the type says.
    case standard
    /// GPTQ's code: a symmetric grid of weights that are all positive spans half the range.
    case gptqReference
    /// AWQ's code: the range of an asymmetric grid need not hold 0.
    case awqReference
  }

  /// Bits, group, symmetry and whether ranges are narrowed.
  public var quantization: Quantization
  /// Whether scales are rounded to float16 before they are used; only oracles turn it off.
  public var roundsScales = true
  /// Whose range a grid spans.
  public var convention = Convention.standard

  /// Rounds to the grid of `quantization`.
  public init(_ quantization: Quantization) { self.quantization = quantization }

  /// The grid of one group of weights.
  public typealias Grid = RoundingGrid

  /// The highest code.
  public var levels: Int { (1 << quantization.bits) - 1 }

  /// Replaces every weight by what its code stands for, on the calling thread.
  ///
  /// - Parameter weight: `[out, in]`, changed in place; the group must divide `in`.
  public func apply(to weight: Matrix) {
    let size = groupSize(columns: weight.columns)
    precondition(weight.columns.isMultiple(of: size), "the group does not divide the inputs")
    for row in 0..<weight.rows {
      var weights = weight.mutableRow(row)
      for start in stride(from: 0, to: weight.columns, by: size) {
        let group = start..<start + size
        grid(fitting: weights.span.extracting(group)).round(&weights, in: group, levels: levels)
      }
    }
  }

  /// The codes of a weight `[out, in]`.
  ///
  /// - Throws: `weightNotFinite` or `groupDoesNotDivide`.
  public func quantize(
    _ weight: Matrix, workers: Workers = .shared
  ) throws(CompressionProblem) -> QuantizedWeight {
    try check(weight)
    return encode(weight, workers: workers) { grid(fitting: $0) }
  }

  /// The grid that fits the weights of a group; narrowed to where the squared error is least if
  /// `quantization.clipping` says so.
  public func grid(fitting weights: Span<Float>) -> Grid {
    let extent = extent(weights)
    var best = grid(least: extent.least, most: extent.most)
    guard quantization.clipping, best.scale > 0 else { return best }
    var least = best.squaredError(weights, levels: levels)
    for share in Self.shares {
      let grid = grid(least: extent.least * share, most: extent.most * share)
      let error = grid.squaredError(weights, levels: levels)
      if error < least { (best, least) = (grid, error) }
    }
    return best
  }

  /// The shares of a group's range that the search for the least error tries.
  private static let shares: [Float] = (1..<40).map { 1 - Float($0) / 50 }

  /// The grid that fits the weights between `least` and `most`.
  public func grid(least: Float, most: Float) -> Grid {
    let levels = Float(levels)
    if quantization.symmetric {
      let halved = convention == .gptqReference && least >= 0
      let range = (halved ? 1 : 2) * max(-least, most)
      return Grid(scale: stored(range / levels), zero: Float(1 << (quantization.bits - 1)))
    }
    let tight = convention == .awqReference
    let (low, high) = tight ? (least, most) : (min(least, 0), max(most, 0))
    let scale = stored((high - low) / levels)
    let zero = scale > 0 ? (-low / scale).rounded(.toNearestOrEven) : 0
    return Grid(scale: scale, zero: min(max(zero, 0), levels))
  }

  /// A scale as it will be stored.
  func stored(_ scale: Float) -> Float {
    guard roundsScales else { return scale }
    return Float(Float16(min(scale, Float(Float16.greatestFiniteMagnitude))))
  }
}

// MARK: - What the other methods share

extension RoundToNearest {
  /// Inputs of a group in rows of `columns`.
  func groupSize(columns: Int) -> Int {
    if case .inputs(let size) = quantization.group { size } else { max(columns, 1) }
  }

  /// Whether a weight can be quantised at all.
  func check(_ weight: Matrix) throws(CompressionProblem) {
    let size = groupSize(columns: weight.columns)
    guard size > 0, weight.columns.isMultiple(of: size) else {
      throw .groupDoesNotDivide(size: size, width: weight.columns)
    }
    guard weight.isFinite else { throw .weightNotFinite }
  }

  /// The codes of a weight that was checked, with the grid that `fit` gives each group.
  func encode(
    _ weight: Matrix, workers: Workers, fit: @escaping @Sendable (Span<Float>) -> Grid
  ) -> QuantizedWeight {
    let size = groupSize(columns: weight.columns)
    let levels = levels
    let result = QuantizedWeight(
      rows: weight.rows, columns: weight.columns, bits: quantization.bits, groupSize: size)
    workers.forEachTile(of: weight.rows, size: 32) { rows in
      for row in rows {
        let weights = weight.row(row)
        var codes = result.codes.mutableRow(row)
        for group in 0..<result.scales.columns {
          let inputs = group * size..<(group + 1) * size
          let grid = fit(weights.extracting(inputs))
          result.setGrid(grid, row: row, group: group)
          grid.encode(weights, in: inputs, into: &codes, levels: levels)
        }
      }
    }
    return result
  }
}
