import Workbench

/// One measured figure.
struct BenchFigure: Encodable {
  /// What was measured.
  var name: String
  /// The value.
  var value: Double
  /// Its unit.
  var unit: String
  /// The goal it is held against, in the same unit; a figure should stay below it.
  var goal: Double?
  /// The goal it should reach or exceed, in the same unit.
  var floor: Double?

  /// One line for people.
  var text: String {
    let blanks = String(repeating: " ", count: max(1, 52 - name.count))
    let goal = goal.map { "   (goal: below \(Figure.fixed($0, $0 < 1 ? 2 : 0)) \(unit))" } ?? ""
    let floor = floor.map { "   (goal: at least \(Figure.fixed($0, 0)) \(unit))" } ?? ""
    return "\(name)\(blanks)\(Figure.fixed(value, value < 10 ? 3 : 1)) \(unit)\(goal)\(floor)"
  }
}

/// Timing.
enum Stopwatch {
  /// Seconds of each of `rounds` runs, sorted; the first run warms up and is left out.
  static func seconds(rounds: Int, _ work: () throws -> Void) rethrows -> [Double] {
    try work()
    return try (0..<rounds).map { _ in
      let start = ContinuousClock.now
      try work()
      return seconds(since: start)
    }.sorted()
  }

  /// Seconds since an instant.
  static func seconds(since start: ContinuousClock.Instant) -> Double {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return Double(seconds) + Double(attoseconds) / 1e18
  }

  /// The middle of sorted values.
  static func median(_ sorted: [Double]) -> Double { quantile(0.5, of: sorted) }

  /// A quantile of sorted values.
  static func quantile(_ share: Double, of sorted: [Double]) -> Double {
    sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
  }
}
