import EngineProtocol
import Model

/// What the front end knows about the engine process and the jobs it gave it.
struct EngineState: Equatable, Sendable {
  /// Where the conversation with the engine stands.
  enum Phase: Equatable, Sendable {
    case starting
    case opening
    case ready
    /// The model could not be opened.
    case refused(String)
    /// It ended too often; nobody starts it again until asked.
    case stopped(String)
  }

  /// A job given to the engine.
  struct Job: Equatable, Sendable {
    var ticket: Int
    /// The engine's number; `nil` until it answered.
    var id: Int?
    var purpose: Purpose
    /// The plan that is measured.
    var plan: Plan?
    var progress: JobProgress?
    var isCancelled = false
  }

  /// What a job is for.
  enum Purpose: Equatable, Sendable {
    case profile
    /// Measures the plan with this digest.
    case evaluation(Fingerprint)
    /// Measures what every change costs alone.
    case sweep
    /// Looks for plans under a budget.
    case search

    /// Whether it gives way to work that a person waits for.
    var isBackground: Bool { self == .sweep || self == .search }
  }

  /// Exits within `exitWindow` milliseconds after which the engine is not started again.
  static let exitLimit = 3
  static let exitWindow = 30_000
  /// Notifications kept for jobs whose number is not known yet.
  static let orphanLimit = 64

  var phase = Phase.starting
  var description: EngineDescription?
  var jobs: [Job] = []
  var orphans: [JobNotification] = []
  /// When the engine exited, in milliseconds.
  var exits: [Int] = []
  var nextTicket = 1

  var isReady: Bool { phase == .ready }

  /// The job to show progress of: the newest that still counts, the most urgent first.
  var current: Job? {
    jobs.last { !$0.isCancelled && !$0.purpose.isBackground } ?? search ?? sweep
  }

  var evaluation: Job? {
    jobs.last { job in
      if case .evaluation = job.purpose { !job.isCancelled } else { false }
    }
  }

  /// The sweep that runs.
  var sweep: Job? { jobs.last { $0.purpose == .sweep && !$0.isCancelled } }

  /// The search that runs.
  var search: Job? { jobs.last { $0.purpose == .search && !$0.isCancelled } }

  func isRunning(_ purpose: Purpose) -> Bool {
    jobs.contains { $0.purpose == purpose && !$0.isCancelled }
  }

  func index(ofJob id: Int) -> Int? { jobs.firstIndex { $0.id == id } }

  /// Why the engine cannot do a kind of job, or `nil` when it can.
  func lacks(_ job: String) -> String? {
    guard let description, !description.jobs.contains(job) else { return nil }
    return "this engine (\(description.version)) cannot \(job)"
  }
}

extension JobNotification {
  var job: Int {
    switch self {
    case .progress(let progress): progress.job
    case .finished(let finished): finished.job
    case .failed(let failed): failed.job
    }
  }
}
