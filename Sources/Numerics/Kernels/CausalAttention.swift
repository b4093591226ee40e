import Glibc

/// Scaled dot-product attention of one head, in which a token sees itself and what lies before it.
public struct CausalAttention: Sendable {
  /// What scores are multiplied with: usually `1 / √width`.
  public var scale: Float
  /// How many tokens back a token sees, itself included; `nil` sees all.
  public var window: Int?
  /// A score that takes part in the softmax and carries no value.
  public var sink: Float?
  /// Queries handled at once: bounds the scores `[queryTile, keys]` and skips what a mask would hide.
  static let queryTile = 64

  /// Attention with the given scale, sliding window and sink.
  public init(scale: Float, window: Int? = nil, sink: Float? = nil) {
    self.scale = scale
    self.window = window
    self.sink = sink
  }

  /// Writes `softmax(scale · q kᵀ + mask) · v`.
  ///
  /// `queries` and `result` are `[n, width]`, `keys` and `values` `[positions, width]`; key `j` is
  /// at position `j`, query `i` at position `first + i`, and the last query at the last key.
  public func apply(
    queries: Matrix, keys: Matrix, values: Matrix, first: Int, into result: Matrix,
    scratch: Scratch
  ) {
    precondition(first + queries.rows == keys.rows && values.rows == keys.rows, "shapes do not fit")
    for start in stride(from: 0, to: queries.rows, by: Self.queryTile) {
      let tile = start..<min(queries.rows, start + Self.queryTile)
      let visible = visibleKeys(of: first + tile.lowerBound).lowerBound..<first + tile.upperBound
      let scores = scratch.matrix(rows: tile.count, columns: visible.count)
      scores.setProduct(queries.rows(tile), transposed: keys.rows(visible), scale: scale)
      let sums = (0..<tile.count).map { row in
        let seen = visibleKeys(of: first + tile.lowerBound + row)
        return powers(
          scores.rows(row..<row + 1),
          keeping: seen.lowerBound - visible.lowerBound..<seen.upperBound - visible.lowerBound)
      }
      let mixed = result.rows(tile)
      mixed.setProduct(scores, values.rows(visible))
      for (row, sum) in sums.enumerated() {
        var target = mixed.mutableRow(row)
        Softmax.scale(&target, by: 1 / sum)
      }
    }
  }

  private func visibleKeys(of position: Int) -> Range<Int> {
    max(0, position + 1 - (window ?? position + 1))..<position + 1
  }

  /// Unnormalised softmax over `seen`, 0 elsewhere; returns its sum, the sink's part included: at
  /// least 1 for finite scores.
  private func powers(_ scores: Matrix, keeping seen: Range<Int>) -> Float {
    if seen.lowerBound > 0 { scores.columns(0..<seen.lowerBound).fill(0) }
    if seen.upperBound < scores.columns { scores.columns(seen.upperBound..<scores.columns).fill(0) }
    var row = scores.columns(seen).mutableRow(0)
    guard let sink else { return Softmax.unnormalized(&row) }
    let largest = maximum(row.span)
    return Softmax.unnormalized(&row) + exp(sink - largest)
  }
}
