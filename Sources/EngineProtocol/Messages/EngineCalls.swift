import Model

/// A request to the engine: the value is its parameters, encoded as they stand.
public protocol EngineCall: Codable, Sendable {
  /// What the engine answers.
  associatedtype Answer: Codable & Sendable
  /// The method's name on the wire.
  static var method: String { get }
}

/// Says hello and asks what the engine can do.
public struct Initialize: EngineCall {
  /// What the engine answers.
  public typealias Answer = EngineDescription
  /// The method's name on the wire.
  public static let method = "initialize"
  /// Version of the client.
  public var clientVersion: String

  /// Says hello.
  public init(clientVersion: String) { self.clientVersion = clientVersion }
}

/// Opens a model and describes it; opening again is cheap.
public struct OpenModel: EngineCall {
  /// What the engine answers.
  public typealias Answer = OpenedModel
  /// The method's name on the wire.
  public static let method = "model/open"
  /// A folder on the engine's machine, or `demo`.
  public var model: String

  /// Opens a model.
  public init(model: String) { self.model = model }
}

/// Encodes a text and decodes the ids again.
public struct Tokenize: EngineCall {
  /// What the engine answers.
  public typealias Answer = Tokenized
  /// The method's name on the wire.
  public static let method = "model/tokenize"
  /// The model whose tokenizer to use.
  public var model: String
  /// The text.
  public var text: String

  /// Encodes a text.
  public init(model: String, text: String) {
    self.model = model
    self.text = text
  }
}

/// Starts a job; its progress and end arrive as notifications.
public struct StartJob: EngineCall {
  /// What the engine answers.
  public typealias Answer = JobStarted
  /// The method's name on the wire.
  public static let method = "job/start"
  /// The model to work on.
  public var model: String
  /// What to do.
  public var work: JobRequest

  /// Starts a job.
  public init(model: String, work: JobRequest) {
    self.model = model
    self.work = work
  }
}

/// Asks a job to stop; it ends with `job/failed`, marked as cancelled, within 100 ms.
public struct CancelJob: EngineCall {
  /// What the engine answers.
  public typealias Answer = Acknowledged
  /// The method's name on the wire.
  public static let method = "job/cancel"
  /// The job.
  public var job: Int

  /// Cancels a job.
  public init(job: Int) { self.job = job }
}

/// Lets a background job rest, or go on; it keeps what it has done.
public struct PauseJob: EngineCall {
  /// What the engine answers.
  public typealias Answer = Acknowledged
  /// The method's name on the wire.
  public static let method = "job/pause"
  /// The job.
  public var job: Int
  /// Whether it rests.
  public var paused: Bool

  /// Pauses or resumes a job.
  public init(job: Int, paused: Bool) {
    self.job = job
    self.paused = paused
  }
}

/// What an engine is and can do.
public struct EngineDescription: Codable, Hashable, Sendable {
  /// Version of Lathe it was built from.
  public var version: String
  /// Model families it can run.
  public var families: [String]
  /// Jobs it can do, by the names of `JobRequest`.
  public var jobs: [String]
  /// Quantisation methods.
  public var methods: [String]
  /// Export formats.
  public var formats: [String]
  /// The machine it runs on.
  public var hardware: Hardware

  /// The machine an engine runs on.
  public struct Hardware: Codable, Hashable, Sendable {
    /// Cores it may use.
    public var cores: Int
    /// The matrix kernels in use, as OpenBLAS names them.
    public var blasKernels: String

    /// A machine.
    public init(cores: Int, blasKernels: String) {
      self.cores = cores
      self.blasKernels = blasKernels
    }
  }

  /// Describes an engine.
  public init(
    version: String, families: [String], jobs: [String], methods: [String], formats: [String],
    hardware: Hardware
  ) {
    self.version = version
    self.families = families
    self.jobs = jobs
    self.methods = methods
    self.formats = formats
    self.hardware = hardware
  }
}

/// A model as the engine opened it.
public struct OpenedModel: Codable, Hashable, Sendable {
  /// Its structure.
  public var spec: ModelSpec
  /// Whether the folder holds weights, or only a `config.json`.
  public var hasWeights: Bool

  /// A model as opened.
  public init(spec: ModelSpec, hasWeights: Bool) {
    self.spec = spec
    self.hasWeights = hasWeights
  }
}

/// The ids of a text.
public struct Tokenized: Codable, Hashable, Sendable {
  /// Token ids.
  public var ids: [Int]
  /// The text the ids decode to.
  public var decoded: String

  /// The ids of a text.
  public init(ids: [Int], decoded: String) {
    self.ids = ids
    self.decoded = decoded
  }
}

/// The number of a job that was started.
public struct JobStarted: Codable, Hashable, Sendable {
  /// The job.
  public var job: Int

  /// A started job.
  public init(job: Int) { self.job = job }
}

/// An answer without content.
public struct Acknowledged: Codable, Hashable, Sendable {
  /// An answer without content.
  public init() {}
}
