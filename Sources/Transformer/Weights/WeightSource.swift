import Model
import Numerics

/// Where a forward pass takes its weights from: a checkpoint, or a checkpoint as a plan changes it.
///
/// Called from several threads at once.
public protocol WeightSource: Sendable {
  /// The weight with the given role, widened to float32: a linear's `[out, in]`, a vector as `[1, n]`.
  ///
  /// Nobody writes to it.
  func weight(_ role: TensorRole) throws -> Matrix

  /// Some rows of a weight, `[indices, columns]`: what an embedding needs.
  func rows(_ indices: [Int], of role: TensorRole) throws -> Matrix
}

extension WeightSource {
  /// Picks the rows out of the whole weight.
  public func rows(_ indices: [Int], of role: TensorRole) throws -> Matrix {
    let weight = try weight(role)
    let picked = Matrix(uninitialized: indices.count, weight.columns)
    picked.gather(indices[...], from: weight)
    return picked
  }
}
