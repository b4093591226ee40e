extension Probe {
  /// Every single change that a model allows, those that say most first: whole parts, single
  /// experts, bits, neurons.
  public static func all(of spec: ModelSpec) -> [Probe] {
    let blocks = Array(spec.blocks.indices)
    var probes: [Probe] = []
    for part in [BlockPart.block, .moe, .attention] {
      for block in blocks where part != .moe || spec.blocks[block].moe != nil {
        probes.append(Probe(block: block, .part(part)))
      }
    }
    for block in blocks {
      probes += (0..<spec.blocks[block].expertCount).map { Probe(block: block, .experts([$0])) }
    }
    for block in blocks {
      for kind in LinearKind.all(in: spec.blocks[block]) {
        probes += bits.map { Probe(block: block, .bits(kind, $0)) }
      }
    }
    for block in blocks {
      for kind in NetworkKind.all(in: spec.blocks[block]) {
        probes += neuronPercents.map { Probe(block: block, .neurons(kind, percent: $0)) }
      }
    }
    let empty = Plan(for: spec)
    return probes.filter { (try? $0.plan(after: empty, of: spec)) != nil }
  }

  /// How many changes `all` has at most.
  public static func count(in spec: ModelSpec) -> Int {
    spec.blocks.reduce(0) { sum, block in
      sum + 2 + (block.moe == nil ? 0 : 1) + block.expertCount
        + LinearKind.all(in: block).count * bits.count
        + NetworkKind.all(in: block).count * neuronPercents.count
    }
  }

  /// Sets of a quarter, a half and three quarters of each layer's experts: those that cost least alone,
  /// and as many drawn by chance.
  ///
  /// - Parameters:
  ///   - spec: the model
  ///   - found: what every expert costs alone
  ///   - random: draws
  /// - Returns: the probes, without those the model does not allow.
  public static func together(
    _ spec: ModelSpec, after found: some Sequence<Sensitivity>,
    using random: inout some RandomNumberGenerator
  ) -> [Probe] {
    let costs = Dictionary(found.map { ($0.probe, $0.kl) }) { first, _ in first }
    return spec.moeBlocks.flatMap { block in
      together(spec, block: block, using: &random) {
        costs[Probe(block: block, .experts([$0]))] ?? 0
      }
    }
  }

  /// The sets of one layer, by what each of its experts costs alone, in whatever units.
  public static func together(
    _ spec: ModelSpec, block: Int, using random: inout some RandomNumberGenerator,
    cost: (_ expert: Int) -> Double
  ) -> [Probe] {
    let costs = (0..<spec.blocks[block].expertCount).map(cost)
    let order = costs.indices.sorted { costs[$0] < costs[$1] }
    let empty = Plan(for: spec)
    return [costs.count / 4, costs.count / 2, costs.count * 3 / 4].filter { $0 > 1 }
      .flatMap { size in
        [order.prefix(size), costs.indices.shuffled(using: &random).prefix(size)]
      }.map { Probe(block: block, .experts($0.sorted())) }
      .filter { (try? $0.plan(after: empty, of: spec)) != nil }
  }

  /// How many `together` gives at most.
  public static func togetherCount(_ spec: ModelSpec) -> Int { 6 * spec.moeBlocks.count }
}
