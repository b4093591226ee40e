internal import CVectors
import Glibc

/// What is asked of rows of logits `[vocabulary]`; everything in nats.
public enum LogitRows {
  /// `ln Σ exp(x_i)`.
  public static func logSumExp(_ row: Span<Float>) -> Double {
    let largest = maximum(row)
    guard largest > -.infinity else { return -.infinity }
    // As many elements as the span has.
    let sum = unsafe row.withUnsafeBufferPointer { elements in
      unsafe elements.baseAddress.map { start in
        unsafe lathe_sum_of_powers(start, elements.count, largest)
      }
    }
    return Double(largest) + log(sum ?? 0)
  }

  /// Negative log-likelihood of `target`: `ln Σ exp(x_i) − x_target`.
  public static func negativeLogLikelihood(of target: Int, in row: Span<Float>) -> Double {
    logSumExp(row) - Double(row[target])
  }

  /// Index of the largest logit; of equal ones the lowest.
  public static func argmax(_ row: Span<Float>) -> Int {
    first(maximum(row), in: row)
  }

  private static func first(_ value: Float, in row: Span<Float>) -> Int {
    for index in row.indices where row[index] == value { return index }
    return 0
  }

  /// `KL(teacher ‖ student) = Σ p (ln p − ln q)`, exactly 0 for identical rows.
  ///
  /// Rounding can make it as small as -1e-7 for nearly identical ones.
  public static func divergence(teacher: Span<Float>, student: Span<Float>) -> Double {
    compare(teacher: teacher, student: student).divergence
  }

  /// Both log-sum-exps, the divergence, and whether both have the same `argmax`.
  public static func compare(
    teacher: Span<Float>, student: Span<Float>
  ) -> (
    teacherLogSumExp: Double, studentLogSumExp: Double, divergence: Double, agrees: Bool
  ) {
    precondition(teacher.count == student.count, "vocabularies differ")
    let teacherMaximum = maximum(teacher)
    let studentMaximum = maximum(student)
    // Both have `teacher.count` elements, checked above.
    let sums = unsafe teacher.withUnsafeBufferPointer { x in
      unsafe student.withUnsafeBufferPointer { y in
        guard let first = x.baseAddress, let second = y.baseAddress else {
          return lathe_comparison()
        }
        return unsafe lathe_compare(first, second, x.count, teacherMaximum, studentMaximum)
      }
    }
    let teacherTotal = Double(teacherMaximum) + log(sums.x)
    let studentTotal = Double(studentMaximum) + log(sums.y)
    // Σ p (x_p − x_q) − (ln Z_p − ln Z_q): the same operations on both sides, so equal rows give 0.
    let divergence = sums.weighted / sums.x - (teacherTotal - studentTotal)
    let agrees = first(teacherMaximum, in: teacher) == first(studentMaximum, in: student)
    return (teacherTotal, studentTotal, divergence, agrees)
  }
}
