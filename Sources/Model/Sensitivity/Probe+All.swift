extension Probe {
  /// Every probe that a model allows, those that say most first: whole parts, single experts, bits,
  /// neurons, then several experts of a layer together.
  ///
  /// - Parameters:
  ///   - spec: the model
  ///   - random: chooses the experts that go together
  /// - Returns: the probes, without repetition.
  public static func all(
    of spec: ModelSpec, using random: inout some RandomNumberGenerator
  ) -> [Probe] {
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
    for block in blocks {
      probes += together(spec.blocks[block].expertCount, block, using: &random)
    }
    let empty = Plan(for: spec)
    return probes.filter { (try? $0.plan(after: empty, of: spec)) != nil }
  }

  /// Sets of a quarter, a half and three quarters of a layer's experts, drawn by chance.
  private static func together(
    _ count: Int, _ block: Int, using random: inout some RandomNumberGenerator
  ) -> [Probe] {
    guard count >= 4 else { return [] }
    var probes: [Probe] = []
    for size in [count / 4, count / 2, count * 3 / 4] where size > 1 {
      for _ in 0..<2 {
        let experts = (0..<count).shuffled(using: &random).prefix(size).sorted()
        probes.append(Probe(block: block, .experts(experts)))
      }
    }
    return probes
  }
}
