import Model

/// What the engine says about a job without being asked.
public enum JobNotification: Hashable, Sendable {
  case progress(JobProgress)
  case finished(JobFinished)
  case failed(JobFailed)
}

/// How far a job is.
public struct JobProgress: Codable, Hashable, Sendable {
  /// The job.
  public var job: Int
  /// What it is doing, in a few words.
  public var stage: String
  /// How much is done, from 0 to 1.
  public var fraction: Double
  /// Items done so far.
  public var completed: Int
  /// Items in all.
  public var total: Int
  /// What an item is, such as `tokens`.
  public var unit: String
  /// Items per second.
  public var rate: Double
  /// Bytes of stored weights read per second, where that is what takes time.
  public var bytesPerSecond: Double?
  /// Seconds left, if the rest goes as fast.
  public var secondsLeft: Double?
  /// Figures that hold for what is done so far.
  public var partial: Evaluation?
  /// What a search has found so far.
  public var search: SearchProgress?

  /// How far a job is.
  public init(
    job: Int, stage: String, fraction: Double, completed: Int, total: Int, unit: String,
    rate: Double, bytesPerSecond: Double? = nil, secondsLeft: Double? = nil,
    partial: Evaluation? = nil, search: SearchProgress? = nil
  ) {
    self.job = job
    self.stage = stage
    self.fraction = fraction
    self.completed = completed
    self.total = total
    self.unit = unit
    self.rate = rate
    self.bytesPerSecond = bytesPerSecond
    self.secondsLeft = secondsLeft
    self.partial = partial
    self.search = search
  }
}

/// A job's result.
public struct JobFinished: Codable, Hashable, Sendable {
  /// The job.
  public var job: Int
  /// What came out.
  public var result: JobResult

  /// A job's result.
  public init(job: Int, result: JobResult) {
    self.job = job
    self.result = result
  }
}

/// Why a job ended without a result.
public struct JobFailed: Codable, Hashable, Sendable {
  /// The job.
  public var job: Int
  /// What went wrong.
  public var failure: EngineFailure

  /// A failed job.
  public init(job: Int, failure: EngineFailure) {
    self.job = job
    self.failure = failure
  }
}

/// Something a person should hear once, that belongs to no job and stops nothing.
public struct EngineNotice: Codable, Hashable, Sendable {
  /// One sentence: the file or thing, why, what to do.
  public var message: String

  /// A notice.
  public init(message: String) { self.message = message }
}

/// Why the engine did not do what it was asked.
public struct EngineFailure: Error, Codable, Hashable, Sendable, CustomStringConvertible {
  /// Kinds of failure a client treats differently.
  public enum Kind: Int, Codable, Sendable {
    /// The request was wrong: arguments, unreadable or invalid input. Exit code 2.
    case badRequest = 2
    /// The work failed. Exit code 1.
    case failed = 1
    /// The client cancelled it.
    case cancelled = 3
    /// The engine process ended.
    case engineExited = 4
  }

  /// Its kind.
  public var kind: Kind
  /// One sentence: the file or thing, why, what to do.
  public var message: String

  /// A failure.
  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
