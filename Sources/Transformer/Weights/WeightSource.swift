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

  /// Called before weights of a block are asked for, on the thread that runs the pass; from here a
  /// source may use the workers, which `weight` may not.
  ///
  /// Blocks of one pass come in ascending order, but not each one, and again from the start.
  func prepare(block: Int, cancellation: Cancellation?) throws

  /// Bits to which the inputs of a linear are rounded, token by token; `nil` leaves them alone.
  func inputBits(of linear: LinearID) -> Int?

  /// Some rows of a weight, `[indices, columns]`: what an embedding needs.
  func rows(_ indices: [Int], of role: TensorRole) throws -> Matrix
}

extension WeightSource {
  /// Does nothing.
  public func prepare(block: Int, cancellation: Cancellation?) throws {}

  /// Leaves all inputs alone.
  public func inputBits(of linear: LinearID) -> Int? { nil }

  /// Picks the rows out of the whole weight.
  public func rows(_ indices: [Int], of role: TensorRole) throws -> Matrix {
    let weight = try weight(role)
    let picked = Matrix(uninitialized: indices.count, weight.columns)
    picked.gather(indices[...], from: weight)
    return picked
  }
}
