import Model
import Numerics

/// The attention half of one block: norm, projections, rotary embedding, attention, output
/// projection, residual.
struct AttentionHalf: Sendable {
  private let pass: ForwardPass
  private let block: Int
  private let spec: AttentionSpec
  private let cancellation: Cancellation?

  init(pass: ForwardPass, block: Int, cancellation: Cancellation?) {
    self.pass = pass
    self.block = block
    spec = pass.spec.blocks[block].attention
    self.cancellation = cancellation
  }

  /// The residual stream after this half, `[tokens, hidden]`.
  ///
  /// With `continuing`, each sequence continues one that the cache holds.
  func apply(
    to hidden: Matrix, layout: SequenceLayout,
    continuing: (cache: KeyValueCache, sequences: [Int])? = nil,
    observer: (any ActivationObserver)? = nil
  ) throws -> Matrix {
    try cancellation?.check()
    let projected = try project(hidden, layout, observer)
    let mixed = try attend(projected, tasks(projected, layout, continuing))
    observer?.linearInput(block, .attentionOutput, mixed)
    let after = try addOutput(of: mixed, to: hidden)
    observer?.attention(block, before: hidden, after: after)
    return after
  }
}

// MARK: - Projections

extension AttentionHalf {
  /// Rotated queries `[tokens, queryWidth]`, rotated keys and values `[tokens, keyValueWidth]`.
  private struct Projected: Sendable {
    let queries: Matrix
    let keys: Matrix
    let values: Matrix
  }

  private func project(
    _ hidden: Matrix, _ layout: SequenceLayout, _ observer: (any ActivationObserver)?
  ) throws -> Projected {
    let projection = try Projection(pass: pass, block: block, positions: layout.longest)
    let tokens = hidden.rows
    let normed = pass.scratch.matrix(rows: tokens, columns: hidden.columns)
    let result = Projected(
      queries: pass.scratch.matrix(rows: tokens, columns: spec.queryWidth),
      keys: pass.scratch.matrix(rows: tokens, columns: spec.keyValueWidth),
      values: pass.scratch.matrix(rows: tokens, columns: spec.keyValueWidth))
    let cancellation = cancellation
    try pass.workers.forEachTile(of: tokens, size: ForwardPass.tileRows) { rows in
      try cancellation?.check()
      let normed = normed.rows(rows)
      projection.norm(hidden.rows(rows), into: normed)
      let (queries, keys) = (result.queries.rows(rows), result.keys.rows(rows))
      let values = result.values.rows(rows)
      try queries.setLinear(normed, projection.query, cancellation: cancellation)
      try keys.setLinear(normed, projection.key, cancellation: cancellation)
      try values.setLinear(normed, projection.value, cancellation: cancellation)
      projection.finish(
        queries: queries, keys: keys, values: values, positions: layout.positions[rows])
    }
    observer?.linearInput(block, .attention, normed)
    return result
  }
}

// MARK: - Attention

extension AttentionHalf {
  /// One sequence's part: its query rows, and all keys and values it sees.
  private struct Task: Sendable {
    let rows: Range<Int>
    let keys: Matrix
    let values: Matrix
    let first: Int
  }

  private func tasks(
    _ projected: Projected, _ layout: SequenceLayout,
    _ continuing: (cache: KeyValueCache, sequences: [Int])?
  ) -> [Task] {
    layout.sequences.indices.map { index in
      let rows = layout.sequences[index]
      let keys = projected.keys.rows(rows)
      let values = projected.values.rows(rows)
      guard let (cache, sequences) = continuing else {
        return Task(rows: rows, keys: keys, values: values, first: 0)
      }
      let all = cache.extended(sequences[index], block: block, keys: keys, values: values)
      return Task(rows: rows, keys: all.keys, values: all.values, first: layout.earlier[index])
    }
  }

  /// The mixed values of all heads, `[tokens, queryWidth]`.
  private func attend(_ projected: Projected, _ tasks: [Task]) throws -> Matrix {
    let mixed = pass.scratch.matrix(rows: projected.queries.rows, columns: spec.queryWidth)
    let attention = CausalAttention(
      scale: 1 / Float(spec.headDimension).squareRoot(), window: spec.slidingWindow)
    let (spec, scratch, cancellation) = (spec, pass.scratch, cancellation)
    try pass.workers.forEach(tasks.count * spec.heads) { index in
      try cancellation?.check()
      let task = tasks[index / spec.heads]
      let head = index % spec.heads
      let shared = head * spec.keyValueHeads / spec.heads
      let query = head * spec.headDimension..<(head + 1) * spec.headDimension
      let keyValue = shared * spec.headDimension..<(shared + 1) * spec.headDimension
      attention.apply(
        queries: projected.queries.rows(task.rows).columns(query),
        keys: task.keys.columns(keyValue), values: task.values.columns(keyValue),
        first: task.first, into: mixed.rows(task.rows).columns(query), scratch: scratch)
    }
    return mixed
  }

  private func addOutput(of mixed: Matrix, to hidden: Matrix) throws -> Matrix {
    let weight = try pass.weights.weight(.linear(.attention(block: block, .output)))
    let after = pass.scratch.matrix(rows: hidden.rows, columns: hidden.columns)
    let cancellation = cancellation
    try pass.workers.forEachTile(of: hidden.rows, size: ForwardPass.tileRows) { rows in
      try after.rows(rows).setLinear(mixed.rows(rows), weight, cancellation: cancellation)
      after.rows(rows).add(hidden.rows(rows))
    }
    return after
  }
}
