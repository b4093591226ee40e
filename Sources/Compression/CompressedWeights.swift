import Model
import Numerics
import Transformer

/// A checkpoint's weights as a plan's choices change them, tensor by tensor, when asked for.
///
/// What the choices leave as stored comes from the source untouched, so an empty plan gives
/// bit-identical weights.
public struct CompressedWeights: WeightSource {
  /// What a compressed weight depends on; equal keys share the work between plans.
  public struct Key: Hashable, Sendable {
    let role: TensorRole
    let quantization: Quantization
  }

  private let source: any WeightSource
  private let choices: Choices
  private let cache: WeightCache<Key>

  /// Applies `choices` to `source`.
  ///
  /// - Parameters:
  ///   - source: the stored weights
  ///   - choices: what a plan says about them
  ///   - cache: shared between plans of the same source, so that an edit recomputes only what it
  ///     touches
  public init(_ source: any WeightSource, choices: Choices, cache: WeightCache<Key>) {
    self.source = source
    self.choices = choices
    self.cache = cache
  }

  /// The weight `[out, in]` under the choices.
  ///
  /// - Throws: what the source throws.
  public func weight(_ role: TensorRole) throws -> Matrix {
    guard case .linear(let linear) = role,
      case .quantized(let quantization) = choices.precision(of: linear)
    else { return try source.weight(role) }
    return try cache.weight(for: Key(role: role, quantization: quantization)) {
      let stored = try source.weight(role)
      let rounded = Matrix(uninitialized: stored.rows, stored.columns)
      rounded.copy(from: stored)
      RoundToNearest(quantization).apply(to: rounded)
      return rounded
    }
  }

  /// Rows of the embedding or head, which no choice changes.
  ///
  /// - Throws: what the source throws.
  public func rows(_ indices: [Int], of role: TensorRole) throws -> Matrix {
    try source.rows(indices, of: role)
  }
}
