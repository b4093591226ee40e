import EngineProtocol
import Workbench

/// One line on standard error that says how far a job is; nothing where no person looks.
struct ProgressLine {
  private let isShown = StandardError.isTerminal

  /// Replaces the line.
  func show(_ progress: JobProgress) {
    guard isShown else { return }
    let percent = Int((progress.fraction * 100).rounded(.down))
    StandardError.write(
      "\r\u{1B}[K\(progress.stage) \(percent)%  \(Figure.grouped(progress.completed)) of "
        + "\(Figure.grouped(progress.total)) \(progress.unit)  "
        + "\(Figure.grouped(Int(progress.rate)))/s"
        + (progress.bytesPerSecond.map { "  \(Figure.bytes(Int($0)))/s" } ?? "")
        + (progress.secondsLeft.map { "  \(Figure.duration(seconds: $0)) left" } ?? ""))
  }

  /// Removes the line.
  func clear() {
    if isShown { StandardError.write("\r\u{1B}[K") }
  }
}
