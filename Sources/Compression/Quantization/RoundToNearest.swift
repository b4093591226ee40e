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
  /// Bits, group and symmetry.
  public var quantization: Quantization
  /// Whether scales are rounded to float16 before they are used; only oracles turn it off.
  public var roundsScales = true

  /// Rounds to the grid of `quantization`.
  public init(_ quantization: Quantization) { self.quantization = quantization }

  /// The grid of one group of weights.
  public struct Grid: Hashable, Sendable {
    /// Distance between neighbouring codes.
    public var scale: Float
    /// The code that stands for 0.
    public var zero: Float
  }

  /// Replaces every weight by what its code stands for.
  ///
  /// - Parameter weight: `[out, in]`, changed in place; the group must divide `in`.
  public func apply(to weight: Matrix) {
    let columns = weight.columns
    let size: Int =
      if case .inputs(let inputs) = quantization.group { inputs } else { columns }
    precondition(columns.isMultiple(of: size), "group \(size) does not divide \(columns) inputs")
    for row in 0..<weight.rows {
      var weights = weight.mutableRow(row)
      for start in stride(from: 0, to: columns, by: size) {
        round(&weights, start..<start + size)
      }
    }
  }

  /// The grid that fits the weights between `least` and `most`.
  public func grid(least: Float, most: Float) -> Grid {
    let levels = Float((1 << quantization.bits) - 1)
    let bound = max(-least, most)
    let range = quantization.symmetric ? 2 * bound : max(most, 0) - min(least, 0)
    let scale = stored(range / levels)
    let zero =
      quantization.symmetric
      ? Float(1 << (quantization.bits - 1))
      : scale > 0 ? min(max((-min(least, 0) / scale).rounded(.toNearestOrEven), 0), levels) : 0
    return Grid(scale: scale, zero: zero)
  }

  private func stored(_ scale: Float) -> Float {
    guard roundsScales else { return scale }
    return Float(Float16(min(scale, Float(Float16.greatestFiniteMagnitude))))
  }

  private func round(_ weights: inout MutableSpan<Float>, _ group: Range<Int>) {
    var least: Float = 0
    var most: Float = 0
    for index in group {
      let weight = weights[index]
      least = weight < least ? weight : least
      most = weight > most ? weight : most
    }
    let grid = grid(least: least, most: most)
    guard grid.scale > 0 else {
      for index in group { weights[index] = 0 }
      return
    }
    let levels = Float((1 << quantization.bits) - 1)
    let lowest = -grid.zero
    let highest = levels - grid.zero
    // Adding and subtracting 1.5 * 2^23 rounds halves to even without a library call.
    let magic: Float = 12_582_912
    for index in group {
      let ratio = weights[index] / grid.scale
      let bounded = ratio < lowest ? lowest : ratio > highest ? highest : ratio
      weights[index] = ((bounded + magic) - magic) * grid.scale
    }
  }
}
