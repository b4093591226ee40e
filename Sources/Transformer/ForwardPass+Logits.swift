import Model
import Numerics

/// What turns final hidden states into logits.
public struct LogitHead: Sendable {
  private let weight: Matrix  // [vocabulary, hidden]
  private let bias: Matrix?
  private let multiplier: Float
  private let scratch: Scratch

  fileprivate init(_ pass: ForwardPass) throws {
    weight = try pass.weights.weight(pass.spec.tiedHead ? .embedding : .head)
    bias = pass.spec.hasHeadBias ? try pass.weights.weight(.headBias) : nil
    multiplier = pass.spec.multipliers.logits
    scratch = pass.scratch
  }

  /// The logits `[n, vocabulary]` of `normed` `[n, hidden]`, on the calling thread alone.
  ///
  /// - Throws: `CancellationError`.
  public func logits(of normed: Matrix, cancellation: Cancellation? = nil) throws -> Matrix {
    let logits = scratch.matrix(rows: normed.rows, columns: weight.rows)
    try write(logitsOf: normed, into: logits, cancellation: cancellation)
    return logits
  }

  /// Writes the logits of `normed` `[n, hidden]` into `logits` `[n, vocabulary]`, on the calling
  /// thread alone.
  ///
  /// - Throws: `CancellationError`.
  public func write(
    logitsOf normed: Matrix, into logits: Matrix, cancellation: Cancellation? = nil
  ) throws {
    try logits.setLinear(normed, weight, cancellation: cancellation)
    if let bias { logits.addToRows(bias) }
    if multiplier != 1 { logits.scale(by: multiplier) }
  }
}

extension ForwardPass {
  /// The head; fetched once, as its weight may be the largest there is.
  ///
  /// - Throws: What the weights throw.
  public func head() throws -> LogitHead { try LogitHead(self) }

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
    of normed: Matrix, head: LogitHead? = nil, cancellation: Cancellation? = nil,
    _ body: @escaping @Sendable (Range<Int>, Matrix) throws -> Void
  ) throws {
    let head = try head ?? self.head()
    try forEachLogitTile(ofRows: normed.rows, cancellation: cancellation) { rows in
      try body(rows, head.logits(of: normed.rows(rows), cancellation: cancellation))
    }
  }

  /// Calls `body` with the tiles of rows whose logits are made at once, on several threads.
  ///
  /// - Throws: What `body` throws, or `CancellationError`.
  public func forEachLogitTile(
    ofRows rows: Int, cancellation: Cancellation? = nil,
    _ body: @escaping @Sendable (Range<Int>) throws -> Void
  ) throws {
    try workers.forEachTile(of: rows, size: logitTileRows) { rows in
      try cancellation?.check()
      try body(rows)
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
