import Model
import Numerics
import Synchronization
import Transformer

/// Where the logits of a batch come from.
enum LogitSource: Sendable {
  /// They are at hand, `[tokens, vocabulary]`.
  case kept(Matrix)
  /// The head makes them of final hidden states `[tokens, hidden]`, and writes them into a matrix
  /// that keeps them, where there is one.
  case made(of: Matrix, into: Matrix?)

  /// The logits of some rows.
  fileprivate func rows(
    _ rows: Range<Int>, _ head: LogitHead, _ cancellation: Cancellation?
  ) throws -> Matrix {
    switch self {
    case .kept(let logits): return logits.rows(rows)
    case .made(let hidden, nil):
      return try head.logits(of: hidden.rows(rows), cancellation: cancellation)
    case .made(let hidden, let kept?):
      let logits = kept.rows(rows)
      try head.write(
        logitsOf: hidden.rows(rows), into: logits, cancellation: cancellation)
      return logits
    }
  }
}

/// Compares the next-token distributions of the original and a plan at every target of a batch.
struct TargetComparison: Sendable {
  let batch: TokenBatch
  let original: LogitSource
  /// The plan's; without it, the original is compared with itself.
  let plan: LogitSource?
  let pass: ForwardPass
  let cancellation: Cancellation?

  /// One entry per token; the last of each window has no target and stays empty.
  func rows() throws -> [WindowSums] {
    let targets = batch.nextTokens()
    let results = Mutex(Array(repeating: WindowSums(), count: batch.count))
    let (original, plan, cancellation) = (original, plan, cancellation)
    // The original's too: no choice changes the head.
    let head = try pass.head()
    try pass.forEachLogitTile(ofRows: batch.count, cancellation: cancellation) { range in
      let teacher = try original.rows(range, head, cancellation)
      let student = try plan?.rows(range, head, cancellation) ?? teacher
      let sums = range.map { row -> WindowSums in
        guard let target = targets[row] else { return WindowSums() }
        let index = row - range.lowerBound
        return Self.compare(teacher.row(index), student.row(index), target: target)
      }
      results.withLock { $0.replaceSubrange(range, with: sums) }
    }
    return results.withLock { $0 }
  }

  private static func compare(
    _ teacher: Span<Float>, _ student: Span<Float>, target: Int
  ) -> WindowSums {
    let figures = LogitRows.compare(teacher: teacher, student: student)
    return WindowSums(
      targets: 1, nats: figures.studentLogSumExp - Double(student[target]),
      divergence: figures.divergence, agreements: figures.agrees ? 1 : 0)
  }
}
