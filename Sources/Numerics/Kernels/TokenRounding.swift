/// Dynamic rounding of activations: each token has its own symmetric grid, found when it comes by.
public enum TokenRounding {
  /// Rounds every row of `[tokens, inputs]` in place to `2^bits - 1` values around 0, the outermost at
  /// the row's largest magnitude; 8 bits give what int8 kernels compute.
  ///
  /// Rows that are 0, or hold something infinite or NaN, stay as they are.
  public static func apply(to activations: Matrix, bits: Int = 8) {
    let highest = (1 << (bits - 1)) - 1
    for index in 0..<activations.rows {
      var row = activations.mutableRow(index)
      let extent = extent(row.span)
      let largest = max(-extent.least, extent.most)
      guard largest > 0, isFinite(row.span) else { continue }
      let grid = RoundingGrid(scale: largest / Float(highest), zero: Float(highest))
      guard grid.scale > 0 else { continue }
      grid.round(&row, in: 0..<row.count, levels: 2 * highest)
    }
  }
}
