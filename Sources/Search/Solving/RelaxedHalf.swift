import Model

/// Finds the levels of one half that lose least when everything it takes has a price.
///
/// For a price, every linear's bits, every network's neurons and every expert can be chosen on
/// their own; which experts go is decided for all numbers of them, in the order of what their going
/// costs.
struct RelaxedHalf {
  private let loss: LossModel
  private let metric: CostMetric
  private let index: Int
  private let half: LevelTable.Half
  /// Share of tokens that meet an expert, where that counts.
  private let expertUse: Double
  /// Loss of each curve's levels, weighted.
  private let curves: [[Double]]
  /// What linears of each shape cost, by level of the neurons, then by their own.
  private let costs: [[Double]]
  private let table: LevelTable

  init(_ index: Int, _ loss: LossModel, _ metric: CostMetric, curves: [[Double]], costs: [[Double]])
  {
    self.index = index
    self.loss = loss
    self.metric = metric
    self.curves = curves
    self.costs = costs
    table = loss.table
    half = loss.table.halves[index]
    // Only what a token's pass reads depends on how many experts it uses.
    expertUse =
      metric.kind == .activeMemory
      ? Double(half.expertsPerToken) / Double(half.moe?.experts ?? 1) : 1
  }

  /// Writes the best levels while the half is there.
  ///
  /// - Parameters:
  ///   - price: what a unit of cost is worth, in nats
  ///   - more: how many experts more than that are to go
  ///   - levels: all levels of the table
  func choose(price: Double, more: Int = 0, _ levels: inout [UInt8]) {
    levels[half.unit] = 0
    for linear in half.linears {
      _ = chooseLevel(linear, neurons: 0, share: 1, use: 1, price, &levels)
    }
    var kept: [(network: Int, value: Double)] = []
    for network in half.networks {
      let value = chooseNetwork(network, price, &levels)
      if table.networks[network].isExpert { kept.append((network, value)) }
    }
    chooseExperts(kept, more: more, &levels)
  }

  /// Chooses a linear's bits; returns what they lose and cost.
  private func chooseLevel(
    _ index: Int, neurons: Int, share: Double, use: Double, _ price: Double,
    _ levels: inout [UInt8]
  ) -> Double {
    let curve = loss.curveOfLinear[index]
    let sizes = table.linears[index].sizes
    let count = curves[curve].count
    let price = price * use
    var best = 0
    var bestValue = Double.infinity
    for level in 0..<count {
      let value = share * curves[curve][level] + price * costs[sizes][neurons * count + level]
      if value < bestValue { (best, bestValue) = (level, value) }
    }
    levels[table.linears[index].unit] = UInt8(best)
    return bestValue
  }

  /// Chooses a network's neurons and bits; returns what they lose and cost while it is there.
  private func chooseNetwork(
    _ index: Int, _ price: Double, _ levels: inout [UInt8]
  ) -> Double {
    let network = table.networks[index]
    let use = network.isExpert ? expertUse : 1
    let weight = loss.weights[LossModel.Kind.neurons.rawValue]
    var bestValue = Double.infinity
    var best: [UInt8] = []
    for neurons in network.neurons.indices {
      let share = loss.shares[index]
      let vectors = network.vectorBytes[neurons] - network.routerBytes
      var value =
        share * weight * loss.neuronLosses[index][neurons]
        + price * metric.cost(vectorBytes: vectors, use: use)
        + price * metric.cost(vectorBytes: network.routerBytes, use: 1)
      for linear in network.linear..<network.linear + 3 {
        value += chooseLevel(
          linear, neurons: neurons, share: share * loss.keptShare(index, neurons), use: use, price,
          &levels)
      }
      guard value < bestValue else { continue }
      bestValue = value
      levels[network.unit + 1] = UInt8(neurons)
      best = (2..<5).map { levels[network.unit + $0] }
    }
    for (offset, level) in best.enumerated() { levels[network.unit + 2 + offset] = level }
    return bestValue
  }

  /// Drops as many experts as pay.
  private func chooseExperts(
    _ kept: [(network: Int, value: Double)], more: Int, _ levels: inout [UInt8]
  ) {
    guard let moe = half.moe, let first = kept.first?.network else { return }
    let weight = loss.weights[LossModel.Kind.experts.rawValue]
    var room = ExpertRoom(moe)
    var sum = 0.0
    var gone = 0
    var value = 0.0
    for (network, keptValue) in kept {
      let range = table.allowed[table.networks[network].unit]
      levels[table.networks[network].unit] = range.lowerBound
      if range.lowerBound > 0 {
        _ = room.drop(network - first)
        gone += 1
        sum += loss.dropLosses[network]
      } else {
        value += keptValue
      }
    }
    let order = kept.filter { table.allowed[table.networks[$0.network].unit] == 0...1 }
      .sorted {
        (weight * loss.dropLosses[$0.network] - $0.value, $0.network)
          < (weight * loss.dropLosses[$1.network] - $1.value, $1.network)
      }
    var best = value + weight * sum * loss.crowding[index][gone]
    var going: [Int] = []
    var most = 0
    for (network, keptValue) in order where room.drop(network - first) {
      going.append(network)
      gone += 1
      sum += loss.dropLosses[network]
      value -= keptValue
      let together = value + weight * sum * loss.crowding[index][gone]
      if together < best { (best, most) = (together, going.count) }
    }
    for network in going.prefix(max(0, most + more)) { levels[table.networks[network].unit] = 1 }
  }
}
