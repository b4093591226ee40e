import Model
import Numerics

/// What turns rows of the normed residual stream into queries, keys and values.
///
/// One value serves one pass through one block; several threads project different rows.
protocol AttentionProjection: Sendable {
  /// Writes rotated queries `[n, queryWidth]`, rotated keys `[n, keyWidth]` and values
  /// `[n, valueWidth]` of `normed` `[n, hidden]`, which are the batch's `rows`.
  func project(
    _ normed: Matrix, rows: Range<Int>, queries: Matrix, keys: Matrix, values: Matrix,
    cancellation: Cancellation?) throws

  /// Reports what its inner linears read, once all rows are projected.
  func report(to observer: any ActivationObserver)
}

extension ForwardPass {
  /// The projection that a block's attention half has.
  func projection(
    ofBlock block: Int, layout: SequenceLayout
  ) throws -> any AttentionProjection {
    let rotation = Rotation(self, spec.blocks[block].attention, layout)
    guard let latent = spec.blocks[block].attention.latent else {
      return try GroupedProjection(self, block: block, rotation: rotation)
    }
    return try LatentProjection(
      self, block: block, latent: latent, rotation: rotation, tokens: layout.positions.count)
  }
}
