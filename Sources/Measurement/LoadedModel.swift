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
  /// What measuring may have resident.
  public let memory: MemoryBudget
  /// Whether weights stream from the files, because the widened model does not fit.
  public let streams: Bool
  let scratch: Scratch
  /// The untouched model's final hidden states on the data measured last.
  let originals: OriginalStates
  private let weights: CheckpointWeights
  private let compressed: WeightCache<CompressedWeights.Key>

  /// Prepares a checkpoint for measuring.
  ///
  /// - Parameters:
  ///   - checkpoint: the opened checkpoint
  ///   - workers: the threads that compute
  ///   - memory: what measuring may have resident
  public init(
    _ checkpoint: Checkpoint, workers: Workers = .shared, memory: MemoryBudget = .standard
  ) {
    spec = checkpoint.spec
    self.checkpoint = checkpoint
    self.workers = workers
    self.memory = memory
    streams = memory.streams(checkpoint.spec)
    let scratch = Scratch(limit: memory.scratch)
    self.scratch = scratch
    // Blocks come round in the same order, so a cache that cannot hold all would hold the wrong ones.
    weights = CheckpointWeights(
      checkpoint, budget: streams ? 0 : memory.keptWeights, releasesPages: streams,
      scratch: scratch, workers: workers)
    originals = OriginalStates(budget: memory.keptStates)
    compressed = WeightCache(budget: streams ? 0 : memory.keptCompressedWeights)
  }

  /// The forward pass under a plan's choices.
  public func pass(_ choices: Choices) -> ForwardPass {
    ForwardPass(
      spec: spec,
      weights: CompressedWeights(weights, choices: choices, cache: compressed),
      structure: Structure(choices), workers: workers, scratch: scratch, waveBytes: memory.waves)
  }

  /// Seconds that threads have spent on reading and widening weights, added up.
  public var wideningSeconds: Double { weights.wideningTime.seconds }

  /// A stored weight, widened: `[out, in]`, or `[1, n]` for vectors.
  func weight(_ role: TensorRole) -> Matrix { weights.weight(role) }

  /// Tokens of a scoring window: the model's context, at most 512.
  public var windowLength: Int { min(spec.context, 512) }
}
