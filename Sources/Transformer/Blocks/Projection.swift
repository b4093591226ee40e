import Model
import Numerics

/// The weights between the residual stream and queries, keys and values, and what is done to these.
struct Projection: Sendable {
  let query: Matrix  // [queryWidth, hidden]
  let key: Matrix  // [keyValueWidth, hidden]
  let value: Matrix  // [keyValueWidth, hidden]
  private let inputNorm: Matrix
  private let queryNorm: Matrix?
  private let keyNorm: Matrix?
  private let rotary: RotaryEmbedding
  private let spec: AttentionSpec
  private let epsilon: Float

  /// Fetches the weights of a block; positions below `positions` can be rotated.
  init(pass: ForwardPass, block: Int, positions: Int) throws {
    let spec = pass.spec.blocks[block].attention
    let hasNorms = spec.queryKeyNorm != .none
    let linears: [AttentionLinear] = [.query, .key, .value]
    let weights = try pass.workers.map(linears.count) { index in
      try pass.weights.weight(.linear(.attention(block: block, linears[index])))
    }
    (query, key, value) = (weights[0], weights[1], weights[2])
    inputNorm = try pass.weights.weight(.attentionNorm(block: block))
    queryNorm = hasNorms ? try pass.weights.weight(.queryNorm(block: block)) : nil
    keyNorm = hasNorms ? try pass.weights.weight(.keyNorm(block: block)) : nil
    rotary = pass.rotaryTables.table(
      width: spec.headDimension, theta: pass.spec.ropeTheta, positions: positions)
    self.spec = spec
    epsilon = pass.spec.normEpsilon
  }

  /// Norms rows of the residual stream.
  func norm(_ hidden: Matrix, into normed: Matrix) {
    RootMeanSquareNorm.apply(hidden, weight: inputNorm, epsilon: epsilon, into: normed)
  }

  /// Norms, clips and rotates projected rows in place, in the order of the OLMoE reference.
  func finish(queries: Matrix, keys: Matrix, values: Matrix, positions: ArraySlice<Int>) {
    if let queryNorm { norm(queries, with: queryNorm) }
    if let keyNorm { norm(keys, with: keyNorm) }
    for (row, position) in positions.enumerated() {
      var query = queries.mutableRow(row)
      var key = keys.mutableRow(row)
      if let clip = spec.clip {
        var value = values.mutableRow(row)
        clamp(&query, to: clip)
        clamp(&key, to: clip)
        clamp(&value, to: clip)
      }
      rotary.apply(&query, position: position)
      rotary.apply(&key, position: position)
    }
  }

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
