/// One finished measurement of a plan, as the history keeps it: enough to open the plan again and
/// to trace every figure.
public struct HistoryRun: Codable, Hashable, Sendable {
  /// What asked for a measurement.
  public enum Origin: String, Codable, Hashable, Sendable, CaseIterable {
    /// Somebody, with a key or a command.
    case person
    /// The sensitivity sweep.
    case sweep
    /// A search over plans.
    case search
    /// `lathe study`.
    case study
  }

  /// Its number in the history it comes from, counted from 1 and never given twice.
  public var id: Int
  /// When it finished, in milliseconds since 1970 (UTC) by the engine's clock.
  public var finished: Int
  /// The plan, which names the model.
  public var plan: PlanFile
  /// Bytes of all tensors under the plan, from the ledger.
  public var bytes: Int
  /// The figures, with their data, calibration tokens, seed and version.
  public var evaluation: Evaluation
  /// The prediction that stood beside the plan when it was measured.
  public var predicted: PredictedKL?
  /// What asked for it.
  public var origin: Origin

  /// A measurement to keep; its number is given by the history.
  public init(
    id: Int = 0, finished: Int, plan: PlanFile, bytes: Int, evaluation: Evaluation,
    predicted: PredictedKL? = nil, origin: Origin = .person
  ) {
    self.id = id
    self.finished = finished
    self.plan = plan
    self.bytes = bytes
    self.evaluation = evaluation
    self.predicted = predicted
    self.origin = origin
  }

  /// Mean share of the tasks' prompts that were answered exactly, each prompt counted once; `nil`
  /// without tasks.
  public var accuracy: Double? {
    let items = evaluation.tasks.reduce(0) { $0 + $1.items }
    guard items > 0 else { return nil }
    return evaluation.tasks.reduce(0) { $0 + $1.accuracy * Double($1.items) } / Double(items)
  }
}

/// A predicted `KL(original || plan)`, nats per token.
public struct PredictedKL: Codable, Hashable, Sendable {
  /// The expected value.
  public var kl: Double
  /// Its standard error.
  public var sigma: Double

  /// A predicted value.
  public init(kl: Double, sigma: Double) {
    self.kl = kl
    self.sigma = sigma
  }
}

/// A model that the history has measurements of.
public struct HistoryModel: Codable, Hashable, Sendable {
  /// Its identity.
  public var fingerprint: Fingerprint
  /// What it was called last.
  public var name: String
  /// Measurements kept.
  public var runs: Int
  /// When the latest finished, in milliseconds since 1970 (UTC).
  public var latest: Int

  /// A model of the history.
  public init(fingerprint: Fingerprint, name: String, runs: Int, latest: Int) {
    self.fingerprint = fingerprint
    self.name = name
    self.runs = runs
    self.latest = latest
  }
}
