import Model
import Numerics

/// AWQ's search for narrower ranges: per group of a row, the share of the range with the least output
/// error on the calibration tokens, other groups of the row left exact.
struct ClipSearch: Sendable {
  private let rounding: RoundToNearest
  private let gram: Matrix
  private let inverse: [Float]
  /// Shares of the range that are tried.
  private static let shares: [Float] = (0..<10).map { 1 - Float($0) / 20 }

  /// A search for weights whose inputs were multiplied with `scales` `[in]`; `gram` `[in, in]` is of
  /// the inputs as they were.
  init(_ rounding: RoundToNearest, gram: Matrix, scales: [Float]) {
    self.rounding = rounding
    self.gram = gram
    inverse = scales.map { 1 / $0 }
  }

  /// The codes of a scaled weight `[out, in]` that was checked.
  func encode(_ weight: Matrix, workers: Workers) -> QuantizedWeight {
    let size = rounding.groupSize(columns: weight.columns)
    let result = QuantizedWeight(
      rows: weight.rows, columns: weight.columns, bits: rounding.quantization.bits,
      groupSize: size)
    let groups = weight.columns / max(size, 1)
    let (search, tiles) = (self, (weight.rows + 255) / 256)
    workers.forEach(tiles * groups) { index in
      let (tile, group) = (index / groups, index % groups)
      let rows = tile * 256..<min(weight.rows, (tile + 1) * 256)
      search.fit(weight, rows, group: group, result)
    }
    workers.forEachTile(of: weight.rows, size: 32) { rows in
      for row in rows {
        var codes = result.codes.mutableRow(row)
        for group in 0..<groups {
          result.grid(row: row, group: group).encode(
            weight.row(row), in: group * size..<(group + 1) * size, into: &codes,
            levels: search.rounding.levels)
        }
      }
    }
    return result
  }

  private func fit(_ weight: Matrix, _ rows: Range<Int>, group: Int, _ result: QuantizedWeight) {
    let inputs = group * result.groupSize..<(group + 1) * result.groupSize
    let part = weight.rows(rows).columns(inputs)
    let block = gram.rows(inputs).columns(inputs)
    let unscale = Matrix(rows: 1, columns: inputs.count, Array(inverse[inputs]))
    let errors = Matrix(uninitialized: rows.count, inputs.count)
    let products = Matrix(uninitialized: rows.count, inputs.count)
    var least = [Float](repeating: .infinity, count: rows.count)
    for share in Self.shares {
      errors.copy(from: part)
      let grids = (0..<rows.count).map { round(errors, $0, share: share) }
      errors.scale(by: -1)
      errors.add(part)
      for row in 0..<rows.count {
        var error = errors.mutableRow(row)
        multiply(&error, by: unscale.row(0))
      }
      products.setProduct(errors, transposed: block)
      for row in 0..<rows.count {
        let loss = dot(products.row(row), errors.row(row))
        guard loss < least[row] else { continue }
        least[row] = loss
        result.setGrid(grids[row], row: rows.lowerBound + row, group: group)
      }
    }
  }

  private func round(_ weights: Matrix, _ row: Int, share: Float) -> RoundingGrid {
    var target = weights.mutableRow(row)
    let extent = extent(target.span)
    let grid = rounding.grid(least: extent.least * share, most: extent.most * share)
    grid.round(&target, in: 0..<target.count, levels: rounding.levels)
    return grid
  }
}
