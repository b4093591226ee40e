import Checkpoint
import Compression
import Model
import Numerics
import Synchronization
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
  /// What evaluations share.
  let states: StateCache
  /// What a residual stream goes through in the untouched model.
  let originalChain: [Prefix?]
  private let weights: CheckpointWeights
  private let compressed: CompressedWeights.Cache
  /// The calibration tokens used last, on their way through the untouched model.
  private let calibrated = Mutex<(sample: CalibrationSample, inputs: CalibrationInputs)?>(nil)

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
    states = StateCache(budget: memory.keptStates)
    // Parts of a network are asked for one after the other: the one at hand is always kept.
    compressed = WeightCache(
      budget: streams ? 2 * workers.count * spec.largestPart : memory.keptCompressedWeights)
    let untouched = CompressedWeights(
      weights, of: spec, choices: Choices(spec), cache: compressed)
    originalChain = Prefix.chain(untouched.halves)
  }

  /// The forward pass through the untouched model.
  public var originalPass: ForwardPass {
    ForwardPass(
      spec: spec, weights: weights, workers: workers, scratch: scratch, waveBytes: memory.waves)
  }

  /// A plan's forward pass, and its weights, which tell what could not be done as asked.
  ///
  /// - Parameters:
  ///   - choices: the plan's
  ///   - sample: calibration tokens for the methods that need them
  /// - Returns: the pass, and its weights.
  public func pass(
    _ choices: Choices, calibration sample: CalibrationSample? = nil
  ) -> (pass: ForwardPass, weights: CompressedWeights) {
    pass(choices, calibration: sample, from: weights)
  }

  /// The same with stored weights that are kept elsewhere.
  func pass(
    _ choices: Choices, calibration sample: CalibrationSample?, from weights: CheckpointWeights
  ) -> (pass: ForwardPass, weights: CompressedWeights) {
    let calibration = sample.flatMap { sample in
      choices.needsCalibration
        ? Calibration(
          inputs: inputs(of: sample, choices.calibration), data: sample.fingerprint,
          pass: originalPass) : nil
    }
    let compressed = CompressedWeights(
      weights, of: spec, choices: choices, cache: compressed, calibration: calibration)
    let pass = ForwardPass(
      spec: spec, weights: compressed, structure: Structure(choices), workers: workers,
      scratch: scratch, waveBytes: memory.waves)
    return (pass, compressed)
  }

  /// Stored weights of which the part used last stays widened, for those who look at one part after
  /// the other under many plans: it is read once.
  func lingeringWeights() -> CheckpointWeights {
    guard streams else { return weights }
    return CheckpointWeights(
      checkpoint, budget: 2 * spec.largestPart, releasesPages: true, scratch: scratch,
      workers: workers)
  }

  /// Calibration tokens at the start of their way, or in the original order where they are already.
  private func inputs(
    of sample: CalibrationSample, _ order: CalibrationOrder
  ) -> CalibrationInputs {
    let fresh = CalibrationInputs(sample.batch, budget: memory.keptInputs)
    guard order == .original else { return fresh }
    return calibrated.withLock { calibrated in
      if let calibrated, calibrated.sample.fingerprint == sample.fingerprint {
        return calibrated.inputs
      }
      calibrated = (sample, fresh)
      return fresh
    }
  }

  /// Forgets what evaluations keep for each other, so that the next one starts from scratch.
  public func forgetStates() { states.removeAll() }

  /// Seconds that threads have spent on reading and widening weights, added up.
  public var wideningSeconds: Double { weights.wideningTime.seconds }

  /// A stored weight, widened: `[out, in]`, or `[1, n]` for vectors.
  ///
  /// - Throws: a `tensor` error where what the file says about the weight does not hold.
  func weight(_ role: TensorRole) throws(CheckpointError) -> Matrix { try weights.weight(role) }

  /// Tokens of a scoring window: the model's context, at most 512.
  public var windowLength: Int { min(spec.context, 512) }
}

extension ModelSpec {
  /// Bytes of the largest part that is compressed as a whole, widened.
  fileprivate var largestPart: Int {
    let networks = blocks.map { block -> Int in
      switch block.feedForward {
      case .dense(let width): width
      case .moe(let moe): max(moe.expertWidth, moe.shared?.width ?? 0)
      }
    }
    return 3 * hidden * (networks.max() ?? 0) * MemoryLayout<Float>.stride
  }
}
