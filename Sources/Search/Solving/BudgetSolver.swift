import EngineProtocol
import Model
import Numerics

/// Finds plans under a budget from sensitivities alone, in well under a second.
///
/// Each half of a block is relaxed on its own at many prices, which gives a list of ways to choose
/// its levels, from as stored to as little as can be; a knapsack takes one way of each half, exactly
/// within the limit; what the limit leaves is used unit by unit.
public struct BudgetSolver: Sendable {
  /// A way to choose the levels of a half.
  private struct Way: Sendable {
    var levels: [UInt8]
    var item: Knapsack.Item
    var isKept: Bool
  }

  private let table: LevelTable
  private let loss: LossModel
  private let metric: CostMetric
  /// Of each half, the cheapest first.
  private let ways: [[Way]]
  private let knapsack: Knapsack

  /// Prepares to solve for goals of a kind.
  ///
  /// - Parameters:
  ///   - loss: what levels are expected to cost in quality
  ///   - goal: what is limited
  ///   - workers: the threads to use; the result does not depend on them
  public init(_ loss: LossModel, _ goal: SearchGoal, workers: Workers = .shared) {
    self.init(loss, CostMetric(goal, loss.table), workers: workers)
  }

  init(_ loss: LossModel, _ metric: CostMetric, workers: Workers = .shared) {
    let table = loss.table
    self.table = table
    self.loss = loss
    self.metric = metric
    let curves = loss.curves.map { curve in
      zip(curve.losses, curve.kinds).map { $0 * loss.weights[$1] }
    }
    let costs = table.sizes.map { $0.sizes.map { metric.cost($0, use: 1) } }
    let prices = Self.prices(table, metric)
    ways = workers.map(table.halves.count) { index in
      Self.ways(index, loss, metric, curves, costs, prices)
    }
    knapsack = Knapsack(ways.map { $0.map(\.item) })
  }

  /// Prices per unit of cost, from where everything stays as stored to where all goes that can.
  private static func prices(_ table: LevelTable, _ metric: CostMetric) -> [Double] {
    let whole = table.halves.reduce(1.0) {
      $0 + abs(Double(metric.cost(table.amounts($1, table.untouched.levels))))
    }
    var price = 0x1p-20 / whole
    var prices: [Double] = []
    for _ in 0..<132 {
      prices.append(price)
      price *= 1.25
    }
    return prices + [price * 0x1p40]
  }

  private static func ways(
    _ index: Int, _ loss: LossModel, _ metric: CostMetric, _ curves: [[Double]],
    _ costs: [[Double]], _ prices: [Double]
  ) -> [Way] {
    let table = loss.table
    let half = table.halves[index]
    let relaxed = RelaxedHalf(index, loss, metric, curves: curves, costs: costs)
    var levels = table.allowed.map(\.lowerBound)
    func way() -> Way {
      Way(
        levels: Array(levels[half.units]),
        item: Knapsack.Item(
          cost: metric.cost(table.amounts(half, levels)),
          loss: (loss.losses(index, levels) * loss.weights).sum()),
        isKept: levels[half.unit] == 0)
    }
    var ways: [Way] = []
    if table.allowed[half.unit].upperBound > 0 {
      levels[half.unit] = 1
      ways.append(way())
    }
    if table.allowed[half.unit].lowerBound == 0 {
      levels[half.unit] = 0
      ways.append(way())
      // What lies between the plans of neighbouring prices is worth a look where it costs little.
      let shifts = half.networks.count > 32 ? [0] : [-1, 0, 1]
      for price in prices {
        for more in shifts {
          relaxed.choose(price: price, more: more, &levels)
          ways.append(way())
        }
      }
    }
    ways.sort { ($0.item.cost, $0.item.loss) < ($1.item.cost, $1.item.loss) }
    return undominated(ways)
  }

  /// Leaves out what costs more and loses no less, but keeps the cheapest way to keep the half.
  private static func undominated(_ ways: [Way]) -> [Way] {
    var least = Double.infinity
    var hasKept = false
    return ways.filter { way in
      let isBetter = way.item.loss < least
      least = min(least, way.item.loss)
      defer { hasKept = hasKept || way.isKept }
      return isBetter || (way.isKept && !hasKept)
    }
  }

  /// The least that all halves can cost together while something is left.
  var leastCost: Int {
    let cheapest = ways.map { $0[0] }
    let least = cheapest.reduce(0) { $0 + $1.item.cost }
    guard !cheapest.contains(where: \.isKept) else { return least }
    let more = ways.compactMap { ways in
      ways.first(where: \.isKept).map { $0.item.cost - ways[0].item.cost }
    }
    return least + (more.min() ?? 0)
  }

  /// The levels that are expected to lose least within the goal's limit; `nil` where even the
  /// smallest legal ones exceed it.
  public func solve() -> Genome? { solve(limit: metric.limit) }

  /// The levels that are expected to lose least within a limit.
  func solve(limit: Int) -> Genome? {
    guard leastCost <= limit, let solution = knapsack.solve(limit: limit) else { return nil }
    let chosen = zip(ways, solution.items).map { $0[$1] }
    guard chosen.contains(where: \.isKept) else { return solveKeepingOne(limit: limit) }
    return filled(Self.genome(chosen), limit: limit)
  }

  /// Where the best is to drop everything: the best that keeps at least one half.
  private func solveKeepingOne(limit: Int) -> Genome? {
    var best: (chosen: [Way], loss: Double)?
    for index in ways.indices {
      let kept = ways.enumerated().map { $0 == index ? $1.filter(\.isKept) : $1 }
      guard !kept[index].isEmpty,
        let solution = Knapsack(kept.map { $0.map(\.item) }).solve(limit: limit, states: 200)
      else { continue }
      if solution.loss < best?.loss ?? .infinity {
        best = (zip(kept, solution.items).map { $0[$1] }, solution.loss)
      }
    }
    return best.map { filled(Self.genome($0.chosen), limit: limit) }
  }

  private static func genome(_ ways: [Way]) -> Genome { Genome(levels: ways.flatMap(\.levels)) }

  /// Uses what a limit leaves: takes back, one unit after the other, what gains most and fits.
  private func filled(_ genome: Genome, limit: Int) -> Genome {
    var candidate = Candidate(genome, loss, metric)
    candidate.fill(limit: limit)
    return candidate.genome
  }

  /// Plans of every size: what is expected to lose least at so many limits between the least and the
  /// most that halves can cost.
  func front(points: Int) -> [Genome] {
    let most = ways.reduce(0) { $0 + ($1.last?.item.cost ?? 0) }
    let least = leastCost
    guard points > 1, most > least else { return solve(limit: most).map { [$0] } ?? [] }
    // Closer together where plans are small: there quality changes most.
    let genomes = (0..<points).compactMap { point -> Genome? in
      let share = Double(point) / Double(points - 1)
      return solve(limit: least + Int(share * share * Double(most - least)))
    }
    return genomes
  }
}
