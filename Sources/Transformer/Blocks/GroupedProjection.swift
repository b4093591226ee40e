import Model
import Numerics

/// Multi-head and grouped-query attention: queries, keys and values are projected directly.
struct GroupedProjection: AttentionProjection {
  private let query: Linear  // [queryWidth, hidden]
  private let key: Linear  // [keyWidth, hidden]
  private let value: Linear  // [valueWidth, hidden]
  private let queryNorm: Matrix?
  private let keyNorm: Matrix?
  private let rotation: Rotation
  private let spec: AttentionSpec
  private let epsilon: Float

  /// Fetches the weights of a block.
  init(_ pass: ForwardPass, block: Int, rotation: Rotation) throws {
    let spec = pass.spec.blocks[block].attention
    let hasNorms = spec.queryKeyNorm != .none
    let kinds: [AttentionLinear] = [.query, .key, .value]
    let linears = try pass.linears(kinds.map { .attention(block: block, $0) })
    (query, key, value) = (linears[0], linears[1], linears[2])
    queryNorm = hasNorms ? try pass.weights.weight(.queryNorm(block: block)) : nil
    keyNorm = hasNorms ? try pass.weights.weight(.keyNorm(block: block)) : nil
    self.rotation = rotation
    self.spec = spec
    epsilon = pass.spec.normEpsilon
  }

  func project(
    _ normed: Matrix, rows: Range<Int>, queries: Matrix, keys: Matrix, values: Matrix,
    cancellation: Cancellation?
  ) throws {
    try queries.setLinear(normed, query, cancellation: cancellation)
    try keys.setLinear(normed, key, cancellation: cancellation)
    try values.setLinear(normed, value, cancellation: cancellation)
    if let queryNorm { norm(queries, with: queryNorm) }
    if let keyNorm { norm(keys, with: keyNorm) }
    for (index, row) in rows.enumerated() {
      var query = queries.mutableRow(index)
      var key = keys.mutableRow(index)
      // In the order of the OLMoE reference: norm, clip, rotate.
      if let clip = spec.clip {
        var value = values.mutableRow(index)
        clamp(&query, to: clip)
        clamp(&key, to: clip)
        clamp(&value, to: clip)
      }
      rotation.apply(&query, row: row, headWidth: spec.headDimension)
      rotation.apply(&key, row: row, headWidth: spec.headDimension)
    }
  }

  func report(to observer: any ActivationObserver) {}

  /// Over the whole row or each head, whichever the weight is as wide as.
  private func norm(_ rows: Matrix, with weight: Matrix) {
    for start in stride(from: 0, to: rows.columns, by: weight.columns) {
      let head = rows.columns(start..<start + weight.columns)
      for index in 0..<rows.rows {
        var row = head.mutableRow(index)
        RootMeanSquareNorm.apply(inPlace: &row, weight: weight.row(0), epsilon: epsilon)
      }
    }
  }
}
