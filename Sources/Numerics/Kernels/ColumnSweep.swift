/// The inner steps of compressing a weight column by column, where later columns make up for what
/// is lost in earlier ones (GPTQ, arXiv 2210.17323; SparseGPT, arXiv 2301.00774).
///
/// Weights lie transposed, `[inputs, rows]`, so that one input of many output rows is contiguous. A
/// column that was swept holds its error, `(w - q) / d` with `d` the factor's diagonal element. The
/// factor is `[inputs, inputs]`, lower triangular, as `InverseFactor.lower` gives it.
public struct ColumnSweep: Sendable {
  /// The weights, then errors, `[inputs, rows]`; `rows` is a multiple of sixteen.
  public let weights: Matrix
  /// Lower triangular `[inputs, inputs]`.
  public let factor: Matrix
  /// Columns swept between two matrix products.
  public let leaf: Int

  /// A sweep over `weights`, in leaves of `leaf` columns.
  public init(weights: Matrix, factor: Matrix, leaf: Int) {
    precondition(
      weights.rows == factor.rows && factor.rows == factor.columns && weights.isContiguous
        && weights.columns.isMultiple(of: laneCount) && leaf > 0, "shapes do not fit")
    self.weights = weights
    self.factor = factor
    self.leaf = leaf
  }

  /// The columns of each leaf, in order.
  public var leaves: [Range<Int>] {
    stride(from: 0, to: weights.rows, by: leaf).map { $0..<min(weights.rows, $0 + leaf) }
  }

  /// Lets later columns make up for the errors of a leaf.
  ///
  /// After leaf `n`, with `2^k` the largest power of two in `n + 1`, the last `2^k` leaves go to the
  /// next `2^k`: every column gets each error once, before its own turn, mostly in large products.
  public func finishLeaf(_ index: Int) {
    let next = (index + 1) * leaf
    let width = (1 << (index + 1).trailingZeroBitCount) * leaf
    guard next < weights.rows else { return }
    let later = next..<min(weights.rows, next + width)
    let swept = next - width..<next
    weights.rows(later).setProduct(
      factor.rows(later).columns(swept), weights.rows(swept), scale: -1, accumulating: true)
  }

  /// Subtracts from a column what the errors of swept columns of its leaf ask of it.
  public func bringUpToDate(_ column: Int, from swept: Range<Int>) {
    guard !swept.isEmpty else { return }
    precondition(swept.upperBound <= column, "only earlier columns have errors")
    let width = weights.columns
    let shares = factor.row(column)
    var elements = weights.mutableElements()
    let paired = width & ~(2 * laneCount - 1)
    for start in stride(from: 0, to: paired, by: 2 * laneCount) {
      let place = column &* width &+ start
      var first = elements.lanes(at: place)
      var second = elements.lanes(at: place &+ laneCount)
      for other in swept {
        let share = shares[other]
        first -= elements.lanes(at: other &* width &+ start) * share
        second -= elements.lanes(at: other &* width &+ start &+ laneCount) * share
      }
      elements.setLanes(first, at: place)
      elements.setLanes(second, at: place &+ laneCount)
    }
    for start in stride(from: paired, to: width, by: laneCount) {
      var rest = elements.lanes(at: column &* width &+ start)
      for other in swept {
        rest -= elements.lanes(at: other &* width &+ start) * shares[other]
      }
      elements.setLanes(rest, at: column &* width &+ start)
    }
  }

  /// Rounds a column to a grid per row and leaves the errors in it.
  ///
  /// - Parameters:
  ///   - column: an input, brought up to date
  ///   - scales: steps, `[rows]`; 0 where every code stands for 0
  ///   - zeros: codes that stand for 0, `[rows]`
  ///   - levels: the highest code
  ///   - original: `[rows]`; where it is 0, the weight becomes 0; `nil` keeps nothing
  ///   - codes: takes the codes, `[rows]`
  public func round(
    _ column: Int, scales: Span<Float>, zeros: Span<Float>, levels: Int,
    keepingZerosOf original:
      Span<Float>?, codes: inout MutableSpan<UInt8>
  ) {
    var elements = weights.mutableRow(column)
    let inverse = 1 / factor[column, column]
    for index in stride(from: 0, to: elements.count, by: laneCount) {
      let weight = elements.lanes(at: index)
      let scale = scales.lanes(at: index)
      let zero = zeros.lanes(at: index)
      let divisor = scale.replacing(with: .infinity, where: scale .<= 0)
      let bounded = (weight / divisor).larger(-zero).smaller(Float(levels) - zero)
      var steps = (bounded + RoundingGrid.magic) - RoundingGrid.magic
      if let original {
        steps = steps.replacing(with: 0, where: original.lanes(at: index) .== 0)
      }
      let error = (weight - steps * scale) * inverse
      codes.setLanes((steps + zero).lowBytes, at: index)
      elements.setLanes(error, at: index)
    }
  }

  /// Zeroes the weights of a column that are not kept and leaves the errors in it.
  ///
  /// - Parameters:
  ///   - column: an input, brought up to date
  ///   - kept: 1 where a weight stays, 0 where it goes, `[rows]`
  ///   - result: takes the weights, `[rows]`
  /// - Returns: `½ Σ error²`, the loss that this column adds.
  public func prune(
    _ column: Int, kept: Span<Float>, into result: inout MutableSpan<Float>
  ) -> Float {
    var elements = weights.mutableRow(column)
    let inverse = 1 / factor[column, column]
    var loss = Lanes.zero
    for index in stride(from: 0, to: elements.count, by: laneCount) {
      let weight = elements.lanes(at: index)
      let pruned = weight.replacing(with: 0, where: kept.lanes(at: index) .== 0)
      let error = (weight - pruned) * inverse
      loss += error * error
      result.setLanes(pruned, at: index)
      elements.setLanes(error, at: index)
    }
    return loss.sum() / 2
  }
}
