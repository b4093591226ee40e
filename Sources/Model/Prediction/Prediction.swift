/// What a plan's quality is expected to be, before it is measured.
public struct Prediction: Hashable, Codable, Sendable {
  /// What the costs of single changes are known from.
  public enum Source: String, Codable, Sendable {
    /// The scores of the calibration pass.
    case profile
    /// A sensitivity sweep.
    case sweep
  }

  /// Expected `KL(original || plan)`, nats per token.
  public var kl: Double
  /// Standard error of `kl`, from how far earlier predictions were off.
  public var sigma: Double
  /// Where the measured KL is expected to lie in nine of ten cases.
  public var interval: Interval
  /// Expected perplexity.
  public var perplexity: Double
  /// Standard error of `perplexity`.
  public var perplexitySigma: Double
  /// Expected results of the tasks that were measured with at least three other plans.
  public var tasks: [TaskPrediction]
  /// What the costs of single changes are known from.
  public var source: Source
  /// Plans measured by a person or a search that it rests on.
  public var measurements: Int

  private enum CodingKeys: String, CodingKey {
    case kl, perplexity, tasks, source, measurements
    case sigma = "kl_sigma"
    case interval = "kl_90"
    case perplexitySigma = "perplexity_sigma"
  }
}

/// The expected result of a task.
public struct TaskPrediction: Hashable, Codable, Sendable {
  /// The task's name.
  public var name: String
  /// Expected share answered rightly.
  public var accuracy: Double
  /// Standard error of `accuracy`.
  public var sigma: Double
}
