/// What running a plan takes of a machine: bytes exactly, speed as a roofline predicts it.
public struct CostEstimate: Hashable, Codable, Sendable {
  /// What takes most of the time.
  public enum Bound: String, Codable, Sendable, Hashable {
    case bandwidth, compute, overhead
  }

  /// Reading a prompt, or writing on.
  public struct Phase: Hashable, Codable, Sendable {
    /// Tokens a second, of all sequences together.
    public var tokensPerSecond: Double
    /// What takes most of the time.
    public var bound: Bound

    private enum CodingKeys: String, CodingKey {
      case tokensPerSecond = "tokens_per_second"
      case bound
    }
  }

  /// The machine's name.
  public var hardware: String
  /// What is asked of it.
  public var workload: Workload
  /// Bytes of all weights, as the plan stores them.
  public var weightBytes: Int
  /// Bytes of the keys and values of all sequences at the full context.
  public var cacheBytes: Int
  /// Bytes in use at most: weights as they are held, cache, activations of the prompts.
  public var peakBytes: Int
  /// Whether that is no more than the machine has.
  public var fits: Bool
  /// Expected number of experts that a MoE layer reads to continue all sequences by a token.
  public var distinctExperts: Double
  /// Reading the prompts.
  public var prefill: Phase
  /// Continuing all sequences, at the full context.
  public var decode: Phase

  private enum CodingKeys: String, CodingKey {
    case hardware, workload, fits, prefill, decode
    case weightBytes = "weight_bytes"
    case cacheBytes = "cache_bytes"
    case peakBytes = "peak_bytes"
    case distinctExperts = "distinct_experts"
  }
}

/// Seconds that a pass takes, by what they are spent on.
///
/// Each part of the model takes `max(bytes / bandwidth, operations / peak)` (Williams and others 2009,
/// "Roofline"), and the parts follow one another.
struct RooflineTime {
  var reading = 0.0
  var computing = 0.0
  var overhead = 0.0

  var total: Double { reading + computing + overhead }

  var bound: CostEstimate.Bound {
    if overhead > max(reading, computing) { return .overhead }
    return reading >= computing ? .bandwidth : .compute
  }

  /// Adds a part: bytes read at a speed, and operations done at another.
  mutating func add(bytes: Double, at bandwidth: Double, operations: Double, at peak: Double) {
    let (read, compute) = (bytes / bandwidth, operations / peak)
    if read >= compute { reading += read } else { computing += compute }
  }

  func phase(tokens: Int) -> CostEstimate.Phase {
    CostEstimate.Phase(tokensPerSecond: Double(tokens) / total, bound: bound)
  }
}
