import Model
import Numerics

extension ForwardPass {
  /// The logits `[n, vocabulary]` of `normed` `[n, hidden]`, all at once: for a few rows.
  ///
  /// - Throws: What the weights throw, or `CancellationError`.
  public func logits(of normed: Matrix, cancellation: Cancellation? = nil) throws -> Matrix {
    let logits = scratch.matrix(rows: normed.rows, columns: spec.vocabulary)
    try forEachLogitTile(of: normed, cancellation: cancellation) { rows, tile in
      logits.rows(rows).copy(from: tile)
    }
    return logits
  }

  /// Calls `body` with tiles of rows and their logits `[rows, vocabulary]`, on several threads, so
  /// that the logits of many tokens need not exist at once.
  ///
  /// Tiles are consecutive and do not depend on the number of workers; their logits are lent.
  ///
  /// - Throws: What the weights or `body` throw, or `CancellationError`.
  public func forEachLogitTile(
    of normed: Matrix, cancellation: Cancellation? = nil,
    _ body: @escaping @Sendable (Range<Int>, Matrix) throws -> Void
  ) throws {
    let head = try weights.weight(spec.tiedHead ? .embedding : .head)
    let bias = spec.hasHeadBias ? try weights.weight(.headBias) : nil
    let vocabulary = spec.vocabulary
    let multiplier = spec.multipliers.logits
    let scratch = scratch
    try workers.forEachTile(of: normed.rows, size: logitTileRows) { rows in
      try cancellation?.check()
      let tile = scratch.matrix(rows: rows.count, columns: vocabulary)
      try tile.setLinear(normed.rows(rows), head, cancellation: cancellation)
      if let bias { tile.addToRows(bias) }
      if multiplier != 1 { tile.scale(by: multiplier) }
      try body(rows, tile)
    }
  }

  /// Rows whose logits take 16 MB, or what the waves of experts leave room for; between 32 and 256,
  /// as a product packs the head anew for every tile.
  private var logitTileRows: Int {
    let bytes = min(16 << 20, waveBytes / 16)
    let rows = bytes / (max(spec.vocabulary, 1) * MemoryLayout<Float>.stride)
    return max(32, min(256, rows & ~15))
  }
}
