/// How a set of experts to drop is looked for.
public enum DropSearch: Hashable, Codable, Sendable {
  /// All sets where there are few enough, else greedily.
  case automatic
  /// All sets (Lu et al., arXiv 2402.14800).
  case exhaustive
  /// One expert after the other, each time the one that costs least.
  case greedy
  /// As greedy, with the best `width` sets of each size; the greedy one is always among them.
  case beam(width: Int)

  /// Sets that are few enough to try all of them.
  public static let mostSets = 1000

  /// Sets of `count` out of `experts`; `Int.max` where they cannot be counted.
  public static func sets(of count: Int, outOf experts: Int) -> Int {
    guard count >= 0, count <= experts else { return 0 }
    var sets = 1
    for index in 0..<min(count, experts - count) {
      let (product, overflow) = sets.multipliedReportingOverflow(by: experts - index)
      guard !overflow else { return .max }
      sets = product / (index + 1)
    }
    return sets
  }
}
