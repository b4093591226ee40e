import Model
import Numerics

/// Switches levels so that a limit goes on holding to the byte (EvoPress, arXiv 2410.14649): a few
/// parts get more, as many others as it needs get less, and what is left is used.
struct Mutation {
  let loss: LossModel
  let metric: CostMetric
  let limit: Int
  private let table: LevelTable

  init(_ loss: LossModel, _ metric: CostMetric, limit: Int) {
    self.loss = loss
    self.metric = metric
    self.limit = limit
    table = loss.table
  }

  /// A changed copy, or `nil` where chance found none that keeps to the limit.
  func mutated(_ parent: Candidate, using random: inout SeededGenerator) -> Candidate? {
    var child = parent
    let switches = min(
      Int.random(in: 1...3, using: &random), Int.random(in: 1...3, using: &random))
    for _ in 0..<switches { move(&child, isUp: true, using: &random) }
    for _ in 0..<200 where child.cost > limit { move(&child, isUp: false, using: &random) }
    guard child.cost <= limit else { return nil }
    child.fill(limit: limit)
    return child.genome == parent.genome ? nil : child
  }

  /// One step of one part, chosen by chance: up takes more, down takes less.
  private func move(
    _ child: inout Candidate, isUp: Bool, using random: inout SeededGenerator
  ) {
    let half = table.halves[Int.random(in: 0..<table.halves.count, using: &random)]
    if Int.random(in: 0..<16, using: &random) == 0 {
      return movePart(half, &child, isUp: isUp)
    }
    guard child.genome.levels[half.unit] == 0 else { return }
    guard !half.isAttention else {
      let count = Bool.random(using: &random) ? half.linears.count : 1
      let chosen = half.linears.shuffled(using: &random).prefix(count)
      return step(chosen.map { table.linears[$0].unit }, &child, isUp: isUp)
    }
    moveNetworks(half, &child, isUp: isUp, using: &random)
  }

  private func moveNetworks(
    _ half: LevelTable.Half, _ child: inout Candidate, isUp: Bool,
    using random: inout SeededGenerator
  ) {
    let network = table.networks[Int.random(in: half.networks, using: &random)]
    let kind = Int.random(in: 0..<3, using: &random)
    switch Int.random(in: 0..<8, using: &random) {
    case 0, 1: step([network.unit + 2 + kind], &child, isUp: isUp)
    case 2, 3: step((2..<5).map { network.unit + $0 }, &child, isUp: isUp)
    case 4: step(half.networks.map { table.networks[$0].unit + 2 + kind }, &child, isUp: isUp)
    case 5: step([network.unit + 1], &child, isUp: isUp)
    default: moveExpert(network, of: half, &child, isUp: isUp, using: &random)
    }
  }

  /// Moves units one level; those that cannot go further stay.
  private func step(_ units: [Int], _ child: inout Candidate, isUp: Bool) {
    let changes = units.compactMap { unit -> (unit: Int, level: UInt8)? in
      let level = child.genome.levels[unit]
      let range = table.allowed[unit]
      guard isUp ? level > range.lowerBound : level < range.upperBound else { return nil }
      return (unit, isUp ? level - 1 : level + 1)
    }
    _ = child.set(changes)
  }

  /// Drops an expert where the router finds enough others, or takes one back with the levels of
  /// another.
  private func moveExpert(
    _ network: LevelTable.Network, of half: LevelTable.Half, _ child: inout Candidate, isUp: Bool,
    using random: inout SeededGenerator
  ) {
    guard network.isExpert, let room = table.room(half, child.genome.levels) else { return }
    let experts = table.experts(of: half)
    guard isUp else {
      guard case .expert(let id) = network.id, child.genome.levels[network.unit] == 0,
        room.canDrop(id.expert)
      else { return }
      _ = child.set([(network.unit, 1)])
      return
    }
    let gone = experts.filter { child.genome.levels[$0.unit] > 0 }
    let kept = experts.filter { child.genome.levels[$0.unit] == 0 }
    guard let back = gone.randomElement(using: &random),
      let model = kept.randomElement(using: &random)
    else { return }
    let changes = (1..<5).map { offset -> (unit: Int, level: UInt8) in
      let range = table.allowed[back.unit + offset]
      let level = child.genome.levels[model.unit + offset]
      return (back.unit + offset, min(max(level, range.lowerBound), range.upperBound))
    }
    _ = child.set(changes + [(back.unit, 0)])
  }

  /// Drops a half where another is left, or takes it back.
  private func movePart(_ half: LevelTable.Half, _ child: inout Candidate, isUp: Bool) {
    let levels = child.genome.levels
    let kept = table.halves.count { levels[$0.unit] == 0 }
    guard isUp || kept > 1 else { return }
    step([half.unit], &child, isUp: isUp)
  }
}
