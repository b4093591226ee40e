import Model

/// What holds for all changes of a plan: how codes are found, and whether down projections of slimmed
/// networks are fitted anew.
public struct PlanStyle: Hashable, Sendable {
  /// How codes are found.
  public var method: QuantizationMethod
  /// Whether down projections are fitted anew.
  public var refit: Bool

  /// A style.
  public init(_ method: QuantizationMethod = .roundToNearest, refit: Bool = false) {
    self.method = method
    self.refit = refit
  }
}

extension LevelTable {
  /// The plan that a genome stands for, said in few edits.
  ///
  /// - Throws: `EditError` where the genome is not legal.
  public func plan(_ genome: Genome, _ style: PlanStyle) throws(EditError) -> Plan {
    try target(genome, style).plan(for: spec)
  }

  private func target(_ genome: Genome, _ style: PlanStyle) -> PlanTarget {
    var target = PlanTarget()
    target.calibration = start.calibration
    for block in spec.blocks.indices {
      target.merges[block] = start.blocks[block].merges
      let gone = halves[2 * block...2 * block + 1].filter { genome.levels[$0.unit] > 0 }
      if gone.count == 2 {
        target.dropped.insert(.block(block))
      } else if let half = gone.first {
        target.dropped.insert(half.isAttention ? .attention(block: block) : .moe(block: block))
      }
    }
    target.merges = target.merges.filter { !$0.value.isEmpty }
    let hasZeros = linears.contains { $0.sparsity != nil }
    func set(_ linear: Linear) {
      var request = linear.requests[Int(genome.levels[linear.unit])]
      if !linear.isLocked { request.method = style.method }
      target.precision[linear.id] = request
      if hasZeros { target.sparsity[linear.id] = .some(linear.sparsity) }
    }
    for half in halves where genome.levels[half.unit] == 0 {
      for linear in linears[half.linears] { set(linear) }
      for network in networks[half.networks] {
        guard genome.levels[network.unit] == 0 else {
          if case .expert(let id) = network.id { target.dropped.insert(.expert(id)) }
          continue
        }
        if var slimming = network.neurons[Int(genome.levels[network.unit + 1])] {
          if network.neurons.count > 1 { slimming.refit = style.refit }
          target.neurons[network.id] = slimming
        }
        for linear in linears[network.linear..<network.linear + 3] { set(linear) }
      }
    }
    return target
  }
}
