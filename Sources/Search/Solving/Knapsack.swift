import Glibc

/// The multiple-choice knapsack: one item of every class, so that the costs stay within a limit and
/// the losses add up to as little as possible.
///
/// Lagrangian relaxation gives a bound and a first solution; dynamic programming over (cost, loss)
/// pairs, from which all are left out that cannot beat the best known solution, finds the rest.
public struct Knapsack: Sendable {
  /// Something that may be chosen.
  public struct Item: Hashable, Sendable {
    /// What it takes; may be negative.
    public var cost: Int
    /// What it loses.
    public var loss: Double

    /// An item.
    public init(cost: Int, loss: Double) {
      self.cost = cost
      self.loss = loss
    }
  }

  /// A choice of one item of every class.
  public struct Solution: Hashable, Sendable {
    /// The item of each class.
    public var items: [Int]
    /// What they take together.
    public var cost: Int
    /// What they lose together.
    public var loss: Double
    /// Whether no choice within the limit loses less.
    public var isExact: Bool
  }

  private let classes: [[Item]]

  /// Classes of at least one item each.
  public init(_ classes: [[Item]]) { self.classes = classes }

  /// The least that a choice can cost.
  public var leastCost: Int {
    classes.reduce(0) { $0 + ($1.map(\.cost).min() ?? 0) }
  }

  /// The choice within a limit that loses least; `nil` where every choice costs more.
  ///
  /// - Parameters:
  ///   - limit: most that the items may cost together
  ///   - states: most partial choices that are gone on with; where more would be needed, the result is
  ///     good but may not be the best
  /// - Returns: the choice.
  public func solve(limit: Int, states: Int = 2000) -> Solution? {
    guard leastCost <= limit else { return nil }
    let multiplier = multiplier(for: limit)
    let first = improved(relaxed(multiplier, limit: limit), limit: limit)
    return refined(first, multiplier, limit: limit, states: states)
  }

  /// Of each class, the item with the least `loss + multiplier * cost`; where two are equal, the cheaper.
  private func choice(_ multiplier: Double) -> [Int] {
    classes.map { items in
      var best = 0
      var bestValue = Double.infinity
      for (index, item) in items.enumerated() {
        let value = item.loss + multiplier * Double(item.cost)
        if value < bestValue || (value == bestValue && item.cost < items[best].cost) {
          (best, bestValue) = (index, value)
        }
      }
      return best
    }
  }

  private func cost(_ choice: [Int]) -> Int {
    zip(classes, choice).reduce(0) { $0 + $1.0[$1.1].cost }
  }

  /// The smallest multiplier, nearly, whose relaxed choice keeps to the limit.
  private func multiplier(for limit: Int) -> Double {
    guard cost(choice(0)) > limit else { return 0 }
    var high = 1e-12
    while cost(choice(high)) > limit, high < 1e30 { high *= 16 }
    var low = high / 16
    for _ in 0..<48 {
      let middle = (low * high).squareRoot()
      if cost(choice(middle)) > limit { low = middle } else { high = middle }
    }
    return high
  }

  /// The relaxed choice, or the cheapest where rounding keeps that from fitting.
  private func relaxed(_ multiplier: Double, limit: Int) -> [Int] {
    let relaxed = choice(multiplier)
    guard cost(relaxed) > limit else { return relaxed }
    return classes.map { items in
      items.indices.min { (items[$0].cost, items[$0].loss) < (items[$1].cost, items[$1].loss) } ?? 0
    }
  }

  /// Uses what the limit leaves: again and again the exchange that gains most.
  private func improved(_ start: [Int], limit: Int) -> [Int] {
    var chosen = start
    var left = limit - cost(chosen)
    while true {
      var best: (place: Int, item: Int, gain: Double)?
      for (place, items) in classes.enumerated() {
        let now = items[chosen[place]]
        for (index, item) in items.enumerated() where item.cost - now.cost <= left {
          let gain = now.loss - item.loss
          if gain > best?.gain ?? 0 { best = (place, index, gain) }
        }
      }
      guard let best else { return chosen }
      left -= classes[best.place][best.item].cost - classes[best.place][chosen[best.place]].cost
      chosen[best.place] = best.item
    }
  }

  // MARK: - Dynamic programming

  private struct State {
    var cost: Int
    var loss: Double
    /// The state it goes on from, among those of the class before.
    var parent: Int
    var item: Int
    /// Less than this no choice can lose that begins like it.
    var bound: Double
  }

  private func refined(
    _ first: [Int], _ multiplier: Double, limit: Int, states most: Int
  ) -> Solution {
    var solution = Solution(
      items: first, cost: cost(first),
      loss: zip(classes, first).reduce(0) { $0 + $1.0[$1.1].loss }, isExact: true)
    // What the classes that come later cost and lose at least.
    var leastCost = Array(repeating: 0, count: classes.count + 1)
    var leastValue = Array(repeating: 0.0, count: classes.count + 1)
    for index in classes.indices.reversed() {
      let items = classes[index]
      leastCost[index] = leastCost[index + 1] + (items.map(\.cost).min() ?? 0)
      leastValue[index] =
        leastValue[index + 1]
        + (items.map { $0.loss + multiplier * Double($0.cost) }.min() ?? 0)
    }
    var stages: [[State]] = []
    var current = [State(cost: 0, loss: 0, parent: 0, item: 0, bound: -.infinity)]
    for (index, items) in classes.enumerated() {
      let room = limit - leastCost[index + 1]
      let rest = leastValue[index + 1] - multiplier * Double(limit)
      var next: [State] = []
      for (parent, state) in current.enumerated() {
        for (number, item) in items.enumerated() where state.cost + item.cost <= room {
          let cost = state.cost + item.cost
          let loss = state.loss + item.loss
          let bound = loss + multiplier * Double(cost) + rest
          guard bound < solution.loss else { continue }
          next.append(State(cost: cost, loss: loss, parent: parent, item: number, bound: bound))
        }
      }
      current = Self.undominated(next)
      if current.count > most {
        solution.isExact = false
        current.sort { ($0.bound, $0.cost) < ($1.bound, $1.cost) }
        current = Array(current.prefix(most))
      }
      guard !current.isEmpty else { return solution }
      stages.append(current)
    }
    guard let best = current.indices.min(by: { current[$0].loss < current[$1].loss }),
      current[best].loss < solution.loss
    else { return solution }
    solution.items = Self.path(to: best, through: stages)
    (solution.cost, solution.loss) = (current[best].cost, current[best].loss)
    return solution
  }

  /// Those for which no other one costs and loses as little.
  private static func undominated(_ states: [State]) -> [State] {
    var kept: [State] = []
    var least = Double.infinity
    for state in states.sorted(by: { ($0.cost, $0.loss) < ($1.cost, $1.loss) })
    where state.loss < least {
      least = state.loss
      kept.append(state)
    }
    return kept
  }

  private static func path(to end: Int, through stages: [[State]]) -> [Int] {
    var items: [Int] = []
    var index = end
    for stage in stages.reversed() {
      items.append(stage[index].item)
      index = stage[index].parent
    }
    return items.reversed()
  }
}
