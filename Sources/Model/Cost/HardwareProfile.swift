import Glibc

/// What a machine can do, as far as the speed of a model depends on it.
public struct HardwareProfile: Hashable, Codable, Sendable {
  /// How the program on it runs a model.
  public enum Execution: String, Codable, Sendable, Hashable, CaseIterable {
    /// Weights are read as the plan stores them, latent attention keeps its latent vectors, keys and
    /// values have the workload's bytes: what inference servers do.
    case stored
    /// Weights, keys and values are 32-bit floats whatever the plan stores, and keys and values of all
    /// heads are kept: what Lathe's own engine does.
    case float32
  }

  /// How fast weights are read where a step reads only so many bytes, because caches hold some.
  public struct Level: Hashable, Codable, Sendable {
    /// Bytes that a step reads.
    public var bytes: Double
    /// Bytes a second where several matrices are read side by side.
    public var bandwidth: Double
    /// Bytes a second where one matrix is read after the other.
    public var matrixBandwidth: Double

    /// A level.
    public init(bytes: Double, bandwidth: Double, matrixBandwidth: Double) {
      self.bytes = bytes
      self.bandwidth = bandwidth
      self.matrixBandwidth = matrixBandwidth
    }

    private enum CodingKeys: String, CodingKey {
      case bytes, bandwidth
      case matrixBandwidth = "matrix_bandwidth"
    }
  }

  /// Its name, as `--hardware` takes it.
  public var name: String
  /// Bytes of memory for weights, caches and activations.
  public var memory: Int
  /// Bytes read from memory in a second.
  public var bandwidth: Double
  /// What was measured instead for passes that read so many bytes, ascending; mostly empty.
  public var levels: [Level]
  /// Operations in a second with 32-bit floats, without sparsity; two for a multiplication and addition.
  public var float32: Double
  /// With 16-bit floats.
  public var half: Double
  /// With 8-bit integers.
  public var int8: Double
  /// Share of the bandwidth that programs reach.
  public var bandwidthShare: Double
  /// Share of the operations that programs reach.
  public var computeShare: Double
  /// Seconds that half a block costs beside its arithmetic: launching kernels, waking threads.
  public var overhead: Double
  /// How it runs a model.
  public var execution: Execution

  /// Describes a machine.
  public init(
    name: String, memory: Int, bandwidth: Double, levels: [Level] = [], float32: Double,
    half: Double, int8: Double, bandwidthShare: Double = standardBandwidthShare,
    computeShare: Double = standardComputeShare, overhead: Double = standardOverhead,
    execution: Execution = .stored
  ) {
    self.name = name
    self.memory = memory
    self.bandwidth = bandwidth
    self.levels = levels
    self.float32 = float32
    self.half = half
    self.int8 = int8
    self.bandwidthShare = bandwidthShare
    self.computeShare = computeShare
    self.overhead = overhead
    self.execution = execution
  }

  /// What well-made kernels reach of a published bandwidth: an assumption, not a measurement.
  public static let standardBandwidthShare = 0.8
  /// What well-made kernels reach of published operations: an assumption, not a measurement.
  public static let standardComputeShare = 0.6
  /// Some kernels of a captured graph for each half of a block: an assumption, not a measurement.
  public static let standardOverhead = 10e-6

  private enum CodingKeys: String, CodingKey {
    case name, memory, bandwidth, levels, float32, half, int8, overhead, execution
    case bandwidthShare = "bandwidth_share"
    case computeShare = "compute_share"
  }
}

extension HardwareProfile {
  /// Bytes a second that a program reaches, by how many matrices it reads side by side and how many
  /// bytes the whole pass reads.
  ///
  /// Between two measured levels, the reciprocals are interpolated over the logarithm of the bytes.
  func reachedBandwidth(matrices: Double, passBytes: Double) -> Double {
    guard let first = levels.first, let last = levels.last else {
      return bandwidth * bandwidthShare
    }
    func speed(_ level: Level) -> Double {
      matrices < 1.5 ? level.matrixBandwidth : level.bandwidth
    }
    guard passBytes > first.bytes else { return speed(first) }
    guard let upper = levels.firstIndex(where: { $0.bytes >= passBytes }) else {
      return speed(last)
    }
    let (low, high) = (levels[upper - 1], levels[upper])
    let place = log2(passBytes / low.bytes) / log2(high.bytes / low.bytes)
    return 1 / ((1 - place) / speed(low) + place / speed(high))
  }
}
