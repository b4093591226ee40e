import Checkpoint
import Compression
import Model
import Numerics
import Transformer

/// An opened checkpoint with what is shared between all measurements on it: widened weights,
/// compressed weights, threads and scratch memory.
public final class LoadedModel: Sendable {
  /// The structure.
  public let spec: ModelSpec
  /// The mapped files.
  public let checkpoint: Checkpoint
  /// The threads that compute.
  public let workers: Workers
  let scratch: Scratch
  private let weights: CheckpointWeights
  private let compressed: WeightCache<CompressedWeights.Key>

  /// Prepares a checkpoint for measuring.
  ///
  /// - Parameters:
  ///   - checkpoint: the opened checkpoint
  ///   - workers: the threads that compute
  ///   - budget: bytes of widened weights to keep, and as many of compressed ones
  public init(
    _ checkpoint: Checkpoint, workers: Workers = .shared, budget: Int = 1 << 30
  ) {
    spec = checkpoint.spec
    self.checkpoint = checkpoint
    self.workers = workers
    let scratch = Scratch()
    self.scratch = scratch
    weights = CheckpointWeights(checkpoint, budget: budget, scratch: scratch, workers: workers)
    compressed = WeightCache(budget: budget)
  }

  /// The forward pass under a plan's choices.
  public func pass(_ choices: Choices) -> ForwardPass {
    ForwardPass(
      spec: spec,
      weights: CompressedWeights(weights, choices: choices, cache: compressed),
      structure: Structure(choices), workers: workers, scratch: scratch)
  }

  /// A stored weight, widened: `[out, in]`, or `[1, n]` for vectors.
  func weight(_ role: TensorRole) -> Matrix { weights.weight(role) }

  /// Tokens of a scoring window: the model's context, at most 512.
  public var windowLength: Int { min(spec.context, 512) }
}
