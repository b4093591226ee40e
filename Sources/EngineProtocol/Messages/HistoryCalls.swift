import Model

/// Lists measurements of the history, newest first.
public struct ListHistory: EngineCall {
  /// What the engine answers.
  public typealias Answer = HistoryList
  /// The method's name on the wire.
  public static let method = "history/list"
  /// The model.
  public var model: Fingerprint
  /// Leading hex digits of the evaluation data's fingerprint; `nil` for all data.
  public var data: String?
  /// Whether only plans are listed that no other plan beats on bytes and KL, by rising bytes.
  ///
  /// Plans are compared where they were measured on the same data: of those that fit, the data that
  /// most plans were measured on. Of a plan measured more than once the newest figures count.
  public var isFront: Bool
  /// Most measurements to list.
  public var limit: Int

  /// Asks for measurements.
  public init(model: Fingerprint, data: String? = nil, isFront: Bool = false, limit: Int = 50) {
    self.model = model
    self.data = data
    self.isFront = isFront
    self.limit = limit
  }
}

/// Measurements of the history.
public struct HistoryList: Codable, Hashable, Sendable {
  /// The measurements.
  public var runs: [HistoryRun]
  /// Measurements that fit, beyond the limit too.
  public var total: Int
  /// The file they are kept in; `nil` for an engine that keeps them in memory.
  public var file: String?
  /// Why the file is not used, or why some measurements in it cannot be read.
  public var problem: String?

  /// Measurements.
  public init(
    runs: [HistoryRun] = [], total: Int = 0, file: String? = nil, problem: String? = nil
  ) {
    self.runs = runs
    self.total = total
    self.file = file
    self.problem = problem
  }
}

/// Asks for one measurement, to open its plan again.
public struct ReadHistoryPlan: EngineCall {
  /// What the engine answers.
  public typealias Answer = HistoryRun
  /// The method's name on the wire.
  public static let method = "history/plan"
  /// The measurement's number.
  public var id: Int

  /// Asks for a measurement.
  public init(id: Int) { self.id = id }
}

/// Lists the models that the history has measurements of, the one measured last first.
public struct ListHistoryModels: EngineCall {
  /// What the engine answers.
  public typealias Answer = HistoryModels
  /// The method's name on the wire.
  public static let method = "history/models"

  /// Asks for the models.
  public init() {}
}

/// Models of the history.
public struct HistoryModels: Codable, Hashable, Sendable {
  /// The models.
  public var models: [HistoryModel]
  /// The file they are kept in; `nil` for an engine that keeps them in memory.
  public var file: String?
  /// Why the file is not used.
  public var problem: String?

  /// Models.
  public init(models: [HistoryModel] = [], file: String? = nil, problem: String? = nil) {
    self.models = models
    self.file = file
    self.problem = problem
  }
}

/// Asks for what is known of a model already: the newest measurement of each plan that was measured
/// exactly as the request would measure it, whatever plan the request names.
public struct RecallMeasurements: EngineCall {
  /// What the engine answers.
  public typealias Answer = RecalledMeasurements
  /// The method's name on the wire.
  public static let method = "history/recall"
  /// A folder on the engine's machine, or `demo`.
  public var model: String
  /// Texts, windows, tasks and calibration tokens.
  public var request: EvaluationRequest
  /// Most plans to recall, the ones measured last.
  public var limit: Int

  /// Asks for measurements.
  public init(model: String, request: EvaluationRequest, limit: Int = 256) {
    self.model = model
    self.request = request
    self.limit = limit
  }
}

/// What was measured before.
public struct RecalledMeasurements: Codable, Hashable, Sendable {
  /// One measurement a plan, the oldest first.
  public var runs: [HistoryRun]
  /// The time on the clock that `HistoryRun.finished` was read from, in milliseconds since 1970: how
  /// old a measurement is does not depend on the client's clock.
  public var now: Int

  /// Measurements.
  public init(runs: [HistoryRun] = [], now: Int = 0) {
    self.runs = runs
    self.now = now
  }
}
