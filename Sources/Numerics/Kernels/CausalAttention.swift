internal import CVectors
import Glibc

/// Scaled dot-product attention of one head, in which a token sees itself and what lies before it.
public struct CausalAttention: Sendable {
  /// What scores are multiplied with: usually `1 / √width`.
  public var scale: Float
  /// How many tokens back a token sees, itself included; `nil` sees all.
  public var window: Int?
  /// A score that takes part in the softmax and carries no value.
  public var sink: Float?
  /// Fewer queries are faster as products: the kernel's vectors hold sixteen queries (measured for
  /// widths of 32 to 192 and 512 keys).
  static let fewestFused = 12
  /// Attention with the given scale, sliding window and sink.
  public init(scale: Float, window: Int? = nil, sink: Float? = nil) {
    self.scale = scale
    self.window = window
    self.sink = sink
  }

  /// Writes `softmax(scale · q kᵀ + mask) · v`.
  ///
  /// `queries` is `[n, width]`, `keys` `[positions, width]`, `values` `[positions, valueWidth]` and
  /// `result` `[n, valueWidth]`; key `j` is at position `j`, query `i` at position `first + i`, and
  /// the last query at the last key.
  public func apply(
    queries: Matrix, keys: Matrix, values: Matrix, first: Int, into result: Matrix,
    scratch: Scratch
  ) {
    precondition(
      first + queries.rows == keys.rows && values.rows == keys.rows
        && queries.columns == keys.columns && result.rows == queries.rows
        && result.columns == values.columns, "shapes do not fit")
    if queries.rows < Self.fewestFused {
      multiply(queries, keys, values, first, result, scratch)
    } else {
      fuse(queries, keys, values, first, result, scratch)
    }
  }
}

// MARK: - Fused

extension CausalAttention {
  private func fuse(
    _ queries: Matrix, _ keys: Matrix, _ values: Matrix, _ first: Int, _ result: Matrix,
    _ scratch: Scratch
  ) {
    let memory = scratch.matrix(
      rows: 1, columns: lathe_attention_memory(queries.columns, values.columns))
    withExtendedLifetime((queries, keys, values, result, memory)) {
      // All matrices hold the rows and columns given (checked by `apply`), at the strides given, and
      // `memory` as many floats as the kernel asks for.
      var attention = unsafe lathe_attention(
        queries: queries.base, keys: keys.base, values: values.base, result: result.base,
        query_stride: queries.stride, key_stride: keys.stride, value_stride: values.stride,
        result_stride: result.stride, count: queries.rows, first: first, width: queries.columns,
        value_width: values.columns, window: window ?? .max, scale: scale,
        sink: sink ?? -.infinity)
      unsafe lathe_attend(&attention, memory.base)
    }
  }
}

// MARK: - As products

extension CausalAttention {
  private func multiply(
    _ queries: Matrix, _ keys: Matrix, _ values: Matrix, _ first: Int, _ result: Matrix,
    _ scratch: Scratch
  ) {
    guard queries.rows > 0 else { return }
    let visible = visibleKeys(of: first).lowerBound..<keys.rows
    let scores = scratch.matrix(rows: queries.rows, columns: visible.count)
    scores.setProduct(queries, transposed: keys.rows(visible), scale: scale)
    let sums = (0..<queries.rows).map { row in
      let seen = visibleKeys(of: first + row)
      return powers(
        scores.rows(row..<row + 1),
        keeping: seen.lowerBound - visible.lowerBound..<seen.upperBound - visible.lowerBound)
    }
    result.setProduct(scores, values.rows(visible))
    for (row, sum) in sums.enumerated() {
      var target = result.mutableRow(row)
      Softmax.scale(&target, by: 1 / sum)
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
