import Model
import Workbench

/// Sensitivities as a table of blocks, for reading.
enum SensitivitiesText {
  /// One row per block: what its parts cost when they go, and its linears at each bit-width.
  static func text(_ found: Sensitivities, of spec: ModelSpec) -> String {
    let costs = found.byProbe
    func cost(_ block: Int, _ change: Probe.Change) -> String {
      costs[Probe(block: block, change)].map { Figure.fixed($0.kl, 4) } ?? ""
    }
    var table = TextTable(
      "block", "block gone", "MoE gone", "attention gone", "dearest expert", "cheapest", "2 bits",
      "3 bits", "4 bits", "neurons 50 %")
    for block in spec.blocks.indices {
      let experts = (0..<spec.blocks[block].expertCount).compactMap { expert in
        costs[Probe(block: block, .experts([expert]))].map { (expert, $0.kl) }
      }.sorted { $0.1 < $1.1 }
      func name(_ entry: (Int, Double)?) -> String {
        entry.map { "\(block).\($0.0) \(Figure.fixed($0.1, 4))" } ?? ""
      }
      let kinds = LinearKind.all(in: spec.blocks[block]).filter {
        if case .attention = $0 { false } else { true }
      }
      func bits(_ bits: Int) -> String {
        let all = kinds.compactMap { costs[Probe(block: block, .bits($0, bits))]?.kl }
        return all.isEmpty ? "" : Figure.fixed(all.reduce(0, +), 4)
      }
      let network: NetworkKind = spec.blocks[block].moe == nil ? .dense : .experts
      table.add([
        "\(block)", cost(block, .part(.block)), cost(block, .part(.moe)),
        cost(block, .part(.attention)), name(experts.last), name(experts.first), bits(2), bits(3),
        bits(4), cost(block, .neurons(network, percent: 50)),
      ])
    }
    let state = found.isComplete ? "" : " of \(found.count), not finished"
    let propagated =
      found.propagated > 0 ? " and \(found.propagated) changes propagated from their block" : ""
    return """
      KL to the original in nats, each change alone
      \(table.text)
      \(found.measured) measurements\(propagated)\(state), \(found.tokens) calibration tokens, seed \(found.seed), \
      \(Figure.fixed(found.seconds, 1)) s
      """
  }
}
