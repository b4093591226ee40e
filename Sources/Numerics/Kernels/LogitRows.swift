import Glibc

/// What is asked of rows of logits `[vocabulary]`; everything in nats.
public enum LogitRows {
  /// `ln Σ exp(x_i)`.
  public static func logSumExp(_ row: Span<Float>) -> Double {
    let largest = maximum(row)
    guard largest > -.infinity else { return -.infinity }
    var sum = 0.0
    forEachBlock(of: row) { range in sum += Double(powers(row, range, minus: largest).sum()) }
    return Double(largest) + log(sum)
  }

  /// Negative log-likelihood of `target`: `ln Σ exp(x_i) − x_target`.
  public static func negativeLogLikelihood(of target: Int, in row: Span<Float>) -> Double {
    logSumExp(row) - Double(row[target])
  }

  /// Index of the largest logit; of equal ones the lowest.
  public static func argmax(_ row: Span<Float>) -> Int {
    let largest = maximum(row)
    for index in row.indices where row[index] == largest { return index }
    return 0
  }

  /// `KL(teacher ‖ student) = Σ p (ln p − ln q)`, exactly 0 for identical rows.
  ///
  /// Rounding can make it as small as -1e-7 for nearly identical ones.
  public static func divergence(teacher: Span<Float>, student: Span<Float>) -> Double {
    compare(teacher: teacher, student: student).divergence
  }

  /// Both log-sum-exps and the divergence in one pass over the rows.
  public static func compare(
    teacher: Span<Float>, student: Span<Float>
  ) -> (teacherLogSumExp: Double, studentLogSumExp: Double, divergence: Double) {
    precondition(teacher.count == student.count, "vocabularies differ")
    let teacherMaximum = maximum(teacher)
    let studentMaximum = maximum(student)
    var teacherSum = 0.0
    var studentSum = 0.0
    var weighted = 0.0
    forEachBlock(of: teacher) { range in
      let (p, q, difference) = compared(
        teacher, student, range, minus: (teacherMaximum, studentMaximum))
      teacherSum += Double(p.sum())
      studentSum += Double(q.sum())
      weighted += Double(difference.sum())
    }
    let teacherTotal = Double(teacherMaximum) + log(teacherSum)
    let studentTotal = Double(studentMaximum) + log(studentSum)
    // Σ p (x_p − x_q) − (ln Z_p − ln Z_q): the same operations on both sides, so equal rows give 0.
    return (teacherTotal, studentTotal, weighted / teacherSum - (teacherTotal - studentTotal))
  }

  /// Elements summed in float32 before they are added up in float64: 8 per lane.
  private static let blockLength = 8 * laneCount

  @inline(__always)
  private static func forEachBlock(of row: Span<Float>, _ body: (Range<Int>) -> Void) {
    var start = 0
    while start < row.count {
      let end = min(start + blockLength, row.count)
      body(start..<end)
      start = end
    }
  }

  @inline(__always)
  private static func powers(
    _ row: Span<Float>, _ range: Range<Int>, minus largest: Float
  ) -> Lanes {
    var sums = Lanes.zero
    var index = range.lowerBound
    while index &+ laneCount <= range.upperBound {
      sums += exponential(row.lanes(at: index) - largest)
      index &+= laneCount
    }
    if index < range.upperBound {
      // Only the last block has a tail; the filler's power is 0.
      sums += exponential(row.tail(at: index, filler: -.infinity) - largest)
    }
    return sums
  }

  @inline(__always)
  private static func compared(
    _ teacher: Span<Float>, _ student: Span<Float>, _ range: Range<Int>,
    minus maxima: (teacher: Float, student: Float)
  ) -> (p: Lanes, q: Lanes, weighted: Lanes) {
    var (p, q, weighted) = (Lanes.zero, Lanes.zero, Lanes.zero)
    var index = range.lowerBound
    while index < range.upperBound {
      let isWhole = index &+ laneCount <= range.upperBound
      // A filler far below every logit has power 0 in both rows and no difference.
      let x = isWhole ? teacher.lanes(at: index) : teacher.tail(at: index, filler: -1e30)
      let y = isWhole ? student.lanes(at: index) : student.tail(at: index, filler: -1e30)
      let power = exponential(x - maxima.teacher)
      p += power
      q += exponential(y - maxima.student)
      weighted += power * (x - y)
      index &+= laneCount
    }
    return (p, q, weighted)
  }
}
