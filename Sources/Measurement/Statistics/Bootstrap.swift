import Model
import Numerics

/// 95 % intervals by the percentile bootstrap (Efron 1979): windows are drawn again with replacement,
/// as many of each domain as there are, since the share of each domain was chosen and is not chance.
struct Bootstrap: Sendable {
  /// How often each group was drawn, `[resamples, groups]`.
  let draws: Matrix

  /// Draws that are enough for two digits of an interval.
  static let resamples = 200

  /// Draws groups; `nil` where no domain has two, since nothing is then known of their spread.
  init?(_ groups: WindowGroups, seed: UInt64) {
    guard groups.ofDomains.contains(where: { $0.count > 1 }) else { return nil }
    var random = SeededGenerator(seed: seed)
    draws = Matrix(rows: Self.resamples, columns: groups.count)
    for resample in 0..<Self.resamples {
      for domain in groups.ofDomains where !domain.isEmpty {
        for _ in domain { draws[resample, Int.random(in: domain, using: &random)] += 1 }
      }
    }
  }

  /// The sums `[groups, n]` of every draw, `[resamples, n]`.
  func resampled(_ sums: Matrix) -> Matrix {
    let result = Matrix(uninitialized: draws.rows, sums.columns)
    result.setProduct(draws, sums)
    return result
  }

  /// The interval that holds the middle 95 % of `value` over the draws.
  ///
  /// Ends have four digits, more than so many draws can tell, so that a profile stays small.
  func interval(_ value: (_ resample: Int) -> Double) -> Interval {
    let sorted = (0..<draws.rows).map(value).sorted()
    // The 2.5 % and 97.5 % quantiles, between the two nearest draws.
    func quantile(_ share: Double) -> Double {
      let place = share * Double(sorted.count - 1)
      let low = Int(place)
      let high = min(low + 1, sorted.count - 1)
      return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
    }
    return Interval(
      low: quantile(0.025).rounded(digits: 4), high: quantile(0.975).rounded(digits: 4))
  }
}
