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
  /// Rotated queries `[tokens, queryWidth]`, rotated keys `[tokens, keyWidth]`, values
  /// `[tokens, valueWidth]`.
  private struct Projected: Sendable {
    let queries: Matrix
    let keys: Matrix
    let values: Matrix
  }

  private func project(
    _ hidden: Matrix, _ layout: SequenceLayout, _ observer: (any ActivationObserver)?
  ) throws -> Projected {
    let norm = try ResidualNorm(
      pass, .attentionNorm(block: block), bias: .attentionNormBias(block: block))
    let projection = try pass.projection(ofBlock: block, layout: layout)
    let tokens = hidden.rows
    let normed = pass.scratch.matrix(rows: tokens, columns: hidden.columns)
    let result = Projected(
      queries: pass.scratch.matrix(rows: tokens, columns: spec.queryWidth),
      keys: pass.scratch.matrix(rows: tokens, columns: spec.keyWidth),
      values: pass.scratch.matrix(rows: tokens, columns: spec.valueWidth))
    let cancellation = cancellation
    try pass.workers.forEachTile(of: tokens, size: ForwardPass.tileRows(tokens)) { rows in
      try cancellation?.check()
      norm.apply(hidden.rows(rows), into: normed.rows(rows))
      try projection.project(
        normed.rows(rows), rows: rows, queries: result.queries.rows(rows),
        keys: result.keys.rows(rows), values: result.values.rows(rows),
        cancellation: cancellation)
    }
    if let observer {
      observer.linearInput(block, .attention, normed)
      projection.report(to: observer)
    }
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

  /// The mixed values of all heads, `[tokens, mixedWidth]`.
  private func attend(_ projected: Projected, _ tasks: [Task]) throws -> Matrix {
    let mixed = pass.scratch.matrix(rows: projected.queries.rows, columns: spec.mixedWidth)
    let scale = spec.scoreScale ?? 1 / Float(spec.headDimension).squareRoot()
    let sinks = spec.hasSinks ? try pass.weights.weight(.sinks(block: block)).array : []
    let (spec, scratch, cancellation) = (spec, pass.scratch, cancellation)
    try pass.workers.forEach(tasks.count * spec.heads) { index in
      try cancellation?.check()
      let task = tasks[index / spec.heads]
      let head = index % spec.heads
      let shared = head * spec.keyValueHeads / spec.heads
      let attention = CausalAttention(
        scale: scale, window: spec.slidingWindow, sink: sinks.isEmpty ? nil : sinks[head])
      attention.apply(
        queries: projected.queries.rows(task.rows).head(head, width: spec.headDimension),
        keys: task.keys.head(shared, width: spec.headDimension),
        values: task.values.head(shared, width: spec.valueDimension),
        first: task.first, into: mixed.rows(task.rows).head(head, width: spec.valueDimension),
        scratch: scratch)
    }
    return mixed
  }

  private func addOutput(of mixed: Matrix, to hidden: Matrix) throws -> Matrix {
    let output = try pass.linears([.attention(block: block, .output)])[0]
    let after = pass.scratch.matrix(rows: hidden.rows, columns: hidden.columns)
    let (pass, cancellation) = (pass, cancellation)
    try pass.workers.forEachTile(of: hidden.rows, size: ForwardPass.tileRows(hidden.rows)) { rows in
      try after.rows(rows).setLinear(mixed.rows(rows), output, cancellation: cancellation)
      pass.join(after.rows(rows), to: hidden.rows(rows))
    }
    return after
  }
}

extension Matrix {
  /// The columns of one head.
  fileprivate func head(_ index: Int, width: Int) -> Matrix {
    columns(index * width..<(index + 1) * width)
  }
}
