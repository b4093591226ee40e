/// A request as it crosses the wire.
public struct RequestFrame<Parameters: Codable & Sendable>: Codable, Sendable {
  /// Always "2.0".
  public var jsonrpc = "2.0"
  /// Pairs the answer with the request.
  public var id: Int
  /// What to do.
  public var method: String
  /// With what.
  public var params: Parameters

  /// A request.
  public init(id: Int, method: String, params: Parameters) {
    self.id = id
    self.method = method
    self.params = params
  }
}

/// An answer as it crosses the wire: `result` or `error`, never both.
public struct ResponseFrame<Result: Codable & Sendable>: Codable, Sendable {
  /// Always "2.0".
  public var jsonrpc = "2.0"
  /// The request's id; `nil` where the request could not be read.
  public var id: Int?
  /// What was asked for.
  public var result: Result?
  /// Why it was not done.
  public var error: ErrorFrame?

  /// A successful answer.
  public init(id: Int, result: Result) {
    self.id = id
    self.result = result
  }

  /// A refusal.
  public init(id: Int?, error: ErrorFrame) {
    self.id = id
    self.error = error
  }
}

/// A notification as it crosses the wire.
public struct NotificationFrame<Parameters: Codable & Sendable>: Codable, Sendable {
  /// Always "2.0".
  public var jsonrpc = "2.0"
  /// What happened.
  public var method: String
  /// The particulars.
  public var params: Parameters

  /// A notification.
  public init(method: String, params: Parameters) {
    self.method = method
    self.params = params
  }
}

/// JSON-RPC's error object, carrying an `EngineFailure` in `data`.
public struct ErrorFrame: Codable, Hashable, Sendable {
  /// JSON-RPC's code.
  public var code: Int
  /// One sentence.
  public var message: String
  /// The failure's kind, where Lathe's engine speaks.
  public var data: EngineFailure.Kind?

  /// JSON-RPC's codes for what went wrong before a method ran.
  public enum Code {
    /// Not JSON.
    public static let parseError = -32700
    /// JSON, but not a request.
    public static let invalidRequest = -32600
    /// No such method.
    public static let methodNotFound = -32601
    /// The method's parameters do not fit.
    public static let invalidParameters = -32602
    /// The method ran and failed.
    public static let engineFailure = -32000
  }

  /// An error.
  public init(code: Int, message: String, data: EngineFailure.Kind? = nil) {
    self.code = code
    self.message = message
    self.data = data
  }

  /// A failure of the engine's work.
  public init(_ failure: EngineFailure) {
    self.init(code: Code.engineFailure, message: failure.message, data: failure.kind)
  }

  /// The failure it carries.
  public var failure: EngineFailure { EngineFailure(data ?? .failed, message) }
}

/// The part of any message that says what it is.
public struct FrameHeader: Codable, Sendable {
  /// Pairs answers with requests; absent in notifications.
  public var id: Int?
  /// Absent in answers.
  public var method: String?
  /// Present in refusals.
  public var error: ErrorFrame?
}

/// Names of the notifications.
public enum NotificationMethod {
  /// Carries `JobProgress`.
  public static let progress = "job/progress"
  /// Carries `JobFinished`.
  public static let finished = "job/finished"
  /// Carries `JobFailed`.
  public static let failed = "job/failed"
  /// Carries `EngineNotice`.
  public static let notice = "engine/notice"
}
