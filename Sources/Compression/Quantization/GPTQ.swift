import Model
import Numerics

/// GPTQ (arXiv 2210.17323): inputs are rounded one after another, and those that are left make up for
/// the error, weighed by the second moments of what the linear reads.
public struct GPTQ: Sendable {
  /// From which weights the grids are fitted.
  public enum Grids: Sendable {
    /// From the weights as they were.
    case original
    /// From the weights as they have become when the sweep reaches the group: a little better, and
    /// with `actOrder` at the price of a group index for every input.
    case updated
  }

  /// Bits, group, symmetry, order and clipping.
  public var quantization: Quantization { rounding.quantization }
  /// Share of the mean diagonal element that is added to the diagonal.
  public var damping = 0.01
  /// From which weights the grids are fitted.
  public var grids: Grids
  /// Whether weights that are 0 stay 0, as after pruning.
  public var keepsZeros = false
  /// The grids.
  public var rounding: RoundToNearest

  /// GPTQ with fitted grids that need no group index: updated ones in the model's order, else original
  /// ones.
  public init(_ quantization: Quantization) {
    grids = quantization.actOrder ? .original : .updated
    rounding = RoundToNearest(quantization)
  }

  /// Quantises linears that read the same inputs, such as gate and up of an expert: they share one
  /// factorisation.
  ///
  /// Where the inputs' statistics cannot be used, because no token came by for instance, the result is
  /// round-to-nearest and says why.
  ///
  /// - Parameters:
  ///   - weights: `[out, in]` each
  ///   - inputs: what all of them read
  ///   - workers: share the output rows
  /// - Throws: `weightNotFinite` or `groupDoesNotDivide`.
  /// - Returns: a result for each weight.
  public func quantize(
    _ weights: [Matrix], inputs: InputStatistics, workers: Workers = .shared
  ) throws(CompressionProblem) -> [QuantizationResult] {
    for weight in weights {
      precondition(weight.columns == inputs.width, "inputs of another width")
      try rounding.check(weight)
    }
    let factor: SweepFactor
    do throws(CompressionProblem) {
      factor = try SweepFactor(
        inputs, damping: damping, largestFirst: quantization.actOrder)
    } catch {
      var results: [QuantizationResult] = []
      for weight in weights {
        let rounded = try rounding.quantize(weight, workers: workers)
        results.append(
          QuantizationResult(rounded, method: .roundToNearest, fallback: error))
      }
      return results
    }
    return sweep(weights, factor, workers).map { QuantizationResult($0, method: .gptq) }
  }

  /// Rows of a weight that one thread sweeps at a time: enough for fast products, few enough for the
  /// cache.
  private static let tileRows = 256

  private func sweep(
    _ weights: [Matrix], _ factor: SweepFactor, _ workers: Workers
  ) -> [QuantizedWeight] {
    let size = rounding.groupSize(columns: factor.width)
    var results = weights.map {
      QuantizedWeight(
        rows: $0.rows, columns: $0.columns, bits: quantization.bits, groupSize: size)
    }
    let tiles = weights.indices.flatMap { index in
      stride(from: 0, to: weights[index].rows, by: Self.tileRows).map { start in
        GPTQTile(
          method: self, factor: factor, weight: weights[index], result: results[index],
          rows: start..<min(weights[index].rows, start + Self.tileRows))
      }
    }
    workers.forEach(tiles.count) { tiles[$0].sweep() }
    if grids == .updated, size < factor.width, let order = factor.order {
      var groups = [Int](repeating: 0, count: factor.width)
      for (place, input) in order.enumerated() { groups[input] = place / size }
      for index in results.indices { results[index].groupOfInput = groups }
    }
    return results
  }
}

/// Some rows of a weight, swept on one thread.
private struct GPTQTile: Sendable {
  let method: GPTQ
  let factor: SweepFactor
  let weight: Matrix
  let result: QuantizedWeight
  let rows: Range<Int>

  private var size: Int { result.groupSize }
  private var isUpdating: Bool { method.grids == .updated }

  /// Columns between two products: about 32, such that groups that are fitted on the way consist of
  /// 2^n of them and so are up to date when they start.
  private var leaf: Int {
    guard isUpdating, size < factor.width else { return 32 }
    var leaf = size
    while leaf > 32, leaf.isMultiple(of: 2) { leaf /= 2 }
    return leaf
  }

  func sweep() {
    let columns = factor.columns(of: weight.rows(rows))
    let original = Matrix(uninitialized: method.keepsZeros ? factor.width : 0, columns.columns)
    if method.keepsZeros { original.copy(from: columns) }
    let sweep = ColumnSweep(weights: columns, factor: factor.matrix, leaf: leaf)
    let grids = TileGrids(groups: result.scales.columns, rows: columns.columns)
    if !isUpdating { fitOriginal(grids) }
    let codes = CodeMatrix(rows: leaf, columns: columns.columns)
    for (index, range) in sweep.leaves.enumerated() {
      for column in range {
        if isUpdating, column.isMultiple(of: size) { fitUpdated(grids, columns, at: column) }
        sweep.bringUpToDate(column, from: range.lowerBound..<column)
        round(column, sweep, grids, original, codes, at: column - range.lowerBound)
      }
      result.codes.scatterTransposed(
        codes, columns: range, order: factor.order, first: rows.lowerBound, count: rows.count)
      sweep.finishLeaf(index)
    }
  }

  private func round(
    _ column: Int, _ sweep: ColumnSweep, _ grids: TileGrids, _ original: Matrix,
    _ codes: CodeMatrix, at place: Int
  ) {
    let input = isUpdating ? column : factor.order?[column] ?? column
    let group = input / size
    var target = codes.mutableRow(place)
    if method.keepsZeros {
      sweep.round(
        column, scales: grids.scales.row(group), zeros: grids.zeros.row(group),
        levels: method.rounding.levels, keepingZerosOf: original.row(column), codes: &target)
    } else {
      sweep.round(
        column, scales: grids.scales.row(group), zeros: grids.zeros.row(group),
        levels: method.rounding.levels, keepingZerosOf: nil, codes: &target)
    }
  }

  private func fitOriginal(_ grids: TileGrids) {
    for row in 0..<rows.count {
      let weights = weight.row(rows.lowerBound + row)
      for group in 0..<result.scales.columns {
        let part = weights.extracting(group * size..<(group + 1) * size)
        set(method.rounding.grid(fitting: part), row, group, grids)
      }
    }
  }

  private func fitUpdated(_ grids: TileGrids, _ columns: Matrix, at column: Int) {
    let weights = Matrix(uninitialized: columns.columns, size)
    weights.setTransposed(columns.rows(column..<column + size))
    for row in 0..<rows.count {
      set(method.rounding.grid(fitting: weights.row(row)), row, column / size, grids)
    }
  }

  private func set(_ grid: RoundingGrid, _ row: Int, _ group: Int, _ grids: TileGrids) {
    grids.scales[group, row] = grid.scale
    grids.zeros[group, row] = grid.zero
    result.setGrid(grid, row: rows.lowerBound + row, group: group)
  }
}

/// The grids of a tile, transposed: `[groups, rows]`.
private struct TileGrids {
  let scales: Matrix
  let zeros: Matrix

  init(groups: Int, rows: Int) {
    scales = Matrix(rows: groups, columns: rows)
    zeros = Matrix(rows: groups, columns: rows)
  }
}
