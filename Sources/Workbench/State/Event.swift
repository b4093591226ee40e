import EngineProtocol
import Model

/// Everything that can happen to the workbench.
public enum Event: Hashable, Sendable {
  /// A key, a mouse action, a paste or a new size.
  case input(Input)
  /// Something from the engine process.
  case engine(EngineEvent)
  /// The time that `WorkbenchState.nextWake` named has come.
  case wake
  /// A plan was written.
  case planSaved(path: String)
  /// A plan could not be written.
  case planSaveFailed(path: String, reason: String)
  /// There is a file already, and `Effect.savePlan` did not allow to overwrite it.
  case planExists(path: String)
  /// A plan file was read; it need not fit the model.
  case planLoaded(PlanFile, path: String)
  /// A plan file could not be read.
  case planLoadFailed(path: String, reason: String)
}

/// What the engine process and its jobs report.
public enum EngineEvent: Hashable, Sendable {
  /// A (new) engine process answered `initialize`.
  case described(EngineDescription)
  /// The model is open.
  case opened(OpenedModel)
  /// The model could not be opened.
  case openFailed(EngineFailure)
  /// What was measured in earlier sessions; nothing where the engine keeps no history.
  case recalled(RecalledMeasurements)
  /// Something a person should hear once.
  case notice(EngineNotice)
  /// The job asked for with `ticket` has this number; notifications may come before.
  case jobStarted(ticket: Int, job: Int)
  /// The job asked for with `ticket` was not started.
  case jobRefused(ticket: Int, EngineFailure)
  /// News of a job.
  case notification(JobNotification)
  /// The engine process ended without being asked to.
  case exited(reason: String)
}

/// What the workbench asks of the world.
public enum Effect: Hashable, Sendable {
  /// Open a model in the engine: answered by `opened` or `openFailed`.
  case openModel(path: String)
  /// Ask for earlier measurements made as this request would measure: answered by `recalled`.
  case recall(EvaluationRequest)
  /// Start a job: answered by `jobStarted` or `jobRefused` with the same ticket.
  case startJob(JobRequest, ticket: Int)
  /// Cancel a job.
  case cancelJob(Int)
  /// Let a background job rest, or go on.
  case pauseJob(Int, paused: Bool)
  /// Start a new engine process: answered by `described` or `exited`.
  case restartEngine
  /// Write a plan: answered by `planSaved`, `planExists` or `planSaveFailed`.
  case savePlan(PlanFile, path: String, overwrite: Bool)
  /// Read a plan file: answered by `planLoaded` or `planLoadFailed`.
  case loadPlan(path: String)
  /// Put a text on the clipboard.
  case copy(String)
  /// Use a theme from now on.
  case useTheme(String)
  /// Give the terminal back to the shell until continued.
  case suspend
  /// Draw every cell anew.
  case redraw
  /// Leave.
  case quit
}
