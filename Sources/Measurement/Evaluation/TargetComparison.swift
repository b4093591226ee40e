import Model
import Numerics
import Synchronization
import Transformer

/// Compares the next-token distributions of the original and a plan at every target of a batch.
struct TargetComparison: Sendable {
  private let batch: TokenBatch
  /// Final hidden states `[tokens, hidden]` of the original and under the plan.
  private let original: Matrix?
  private let hidden: Matrix
  private let pass: ForwardPass
  private let cancellation: Cancellation?

  /// Without `original`, the original is compared with itself.
  init(
    _ batch: TokenBatch, original: Matrix?, hidden: Matrix, pass: ForwardPass,
    cancellation: Cancellation?
  ) {
    self.batch = batch
    self.original = original
    self.hidden = hidden
    self.pass = pass
    self.cancellation = cancellation
  }

  /// One entry per token; the last of each window has no target and stays empty.
  func rows() throws -> [WindowSums] {
    let targets = batch.nextTokens()
    let results = Mutex(Array(repeating: WindowSums(), count: batch.count))
    let (original, cancellation) = (original, cancellation)
    // The original's too: no choice changes the head.
    let head = try pass.head()
    try pass.forEachLogitTile(of: hidden, head: head, cancellation: cancellation) {
      range, student in
      let teacher =
        try original.map {
          try head.logits(of: $0.rows(range), cancellation: cancellation)
        } ?? student
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
    let agrees = LogitRows.argmax(teacher) == LogitRows.argmax(student)
    return WindowSums(
      targets: 1, nats: figures.studentLogSumExp - Double(student[target]),
      divergence: figures.divergence, agreements: agrees ? 1 : 0)
  }
}
