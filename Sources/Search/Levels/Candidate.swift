import Model

/// A genome with what each half costs and is expected to lose, kept up to date as levels change.
struct Candidate: Sendable {
  private(set) var genome: Genome
  /// What all halves cost.
  private(set) var cost: Int
  /// What it is expected to lose, by kind, before weights.
  private(set) var losses: LossModel.Losses
  private var halfCosts: [Int]
  private var halfLosses: [LossModel.Losses]
  private let loss: LossModel
  private let metric: CostMetric
  private let table: LevelTable

  init(_ genome: Genome, _ loss: LossModel, _ metric: CostMetric) {
    self.genome = genome
    self.loss = loss
    self.metric = metric
    table = loss.table
    halfCosts = loss.table.halves.map { metric.cost(loss.table.amounts($0, genome.levels)) }
    halfLosses = loss.table.halves.indices.map { loss.losses($0, genome.levels) }
    cost = halfCosts.reduce(0, +)
    losses = halfLosses.reduce(LossModel.Losses(), +)
  }

  /// What it is expected to lose.
  var predicted: Double { (losses * loss.weights).sum() }

  /// Sets levels of units of one half; returns `false`, and nothing changes, where a unit may not have
  /// that level.
  mutating func set(_ changes: [(unit: Int, level: UInt8)]) -> Bool {
    guard let first = changes.first,
      changes.allSatisfy({ table.allowed[$0.unit].contains($0.level) })
    else { return false }
    for (unit, level) in changes { genome.levels[unit] = level }
    update(table.halfOfUnit[first.unit])
    return true
  }

  private mutating func update(_ half: Int) {
    let newCost = metric.cost(table.amounts(table.halves[half], genome.levels))
    let newLosses = loss.losses(half, genome.levels)
    cost += newCost - halfCosts[half]
    losses += newLosses - halfLosses[half]
    (halfCosts[half], halfLosses[half]) = (newCost, newLosses)
  }

  /// Takes back one level of one unit after the other, those first that gain most per cost, while the
  /// limit holds.
  mutating func fill(limit: Int) {
    guard cost < limit else { return }
    for _ in 0..<4 {
      var isChanged = false
      for step in steps(limit: limit) {
        let level = genome.levels[step]
        guard level > table.allowed[step].lowerBound else { continue }
        let before = (cost, predicted)
        guard set([(step, level - 1)]) else { continue }
        if cost > limit || predicted >= before.1 {
          _ = set([(step, level)])
        } else {
          isChanged = true
        }
      }
      guard isChanged else { return }
    }
  }

  /// Linears and networks whose next level fits, those first that gain most.
  private func steps(limit: Int) -> [Int] {
    var steps: [(unit: Int, gain: Double)] = []
    let left = limit - cost
    func add(_ linear: Int, share: Double, use: Double, neurons: Int) {
      let unit = table.linears[linear].unit
      let level = Int(genome.levels[unit])
      guard level > Int(table.allowed[unit].lowerBound) else { return }
      let sizes = table.sizes[table.linears[linear].sizes]
      let more =
        metric.cost(sizes[neurons, level - 1], use: use)
        - metric.cost(sizes[neurons, level], use: use)
      guard more <= Double(left) + 1 else { return }
      let curve = loss.curves[loss.curveOfLinear[linear]]
      let now = curve.losses[level] * loss.weights[curve.kinds[level]]
      let then = curve.losses[level - 1] * loss.weights[curve.kinds[level - 1]]
      steps.append((unit, share * (now - then)))
    }
    for half in table.halves where genome.levels[half.unit] == 0 {
      for linear in half.linears { add(linear, share: 1, use: 1, neurons: 0) }
      for index in half.networks {
        let network = table.networks[index]
        guard genome.levels[network.unit] == 0 else { continue }
        let neurons = Int(genome.levels[network.unit + 1])
        let use =
          network.isExpert ? Double(half.expertsPerToken) / Double(half.moe?.experts ?? 1) : 1
        let share = loss.shares[index] * loss.keptShare(index, neurons)
        for linear in network.linear..<network.linear + 3 {
          add(linear, share: share, use: use, neurons: neurons)
        }
      }
    }
    return steps.sorted { ($0.gain, $1.unit) > ($1.gain, $0.unit) }.map(\.unit)
  }
}
