import Checkpoint
import Compression
import EngineProtocol
import Measurement
import Model
import Search
import Transformer

extension EngineFailure {
  /// What a client is told about an error of the engine's work.
  init(_ error: any Error) {
    switch error {
    case let failure as EngineFailure: self = failure
    case is CancellationError: self.init(.cancelled, "cancelled")
    case is CheckpointError, is MeasurementError, is PlanFileError, is EditError,
      is TransformerError, is TrimError, is CompressionProblem, is CompressionFailure,
      is HistoryProblem, is SearchError:
      self.init(.badRequest, "\(error)")
    default: self.init(.failed, "\(error)")
    }
  }
}
