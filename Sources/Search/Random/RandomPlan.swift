import Model
import Numerics

/// Plans drawn by chance over all kinds of choices, from nearly nothing to far too much: what
/// predictions are judged on.
public struct RandomPlan: Sendable {
  private let spec: ModelSpec
  /// For every block, its experts, those that matter least first.
  private let order: [[Int]]
  private var random: SeededGenerator

  /// A source of plans of one model; the same seed gives the same plans.
  ///
  /// - Parameters:
  ///   - spec: the model
  ///   - worth: what an expert is worth: plans often drop those that are worth least
  ///   - seed: of all draws
  public init(for spec: ModelSpec, worth: (ExpertID) -> Double, seed: UInt64) {
    self.spec = spec
    order = spec.blocks.indices.map { block in
      let worths = (0..<spec.blocks[block].expertCount).map {
        worth(ExpertID(block: block, expert: $0))
      }
      return worths.indices.sorted { worths[$0] < worths[$1] }
    }
    random = SeededGenerator(seed: seed)
  }

  /// The next plan; never empty.
  public mutating func next() -> Plan {
    while true {
      var plan = Plan(for: spec)
      // What the model does not allow is left out: the rest is a plan as well.
      for edit in edits() { try? plan.apply(edit, spec: spec, profile: nil) }
      if !plan.isEmpty(for: spec) { return plan }
    }
  }

  private mutating func edits() -> [Edit] {
    var edits: [String] = []
    if chance(0.3) { edits += partDrops() }
    if chance(0.55) { edits += expertDrops() }
    if chance(0.1) { edits += merges() }
    if chance(0.25) { edits += neurons() }
    if chance(0.1) { edits += zeros() }
    if chance(0.65) { edits += bits() }
    return edits.compactMap { try? Edit(parsing: $0) }
  }

  /// Plans by what a sweep found every expert to cost alone.
  public static func some(
    _ count: Int, for spec: ModelSpec, after found: [Sensitivity], seed: UInt64
  ) -> [Plan] {
    let costs = Dictionary(found.map { ($0.probe, $0.kl) }) { first, _ in first }
    var source = RandomPlan(
      for: spec, worth: { costs[Probe(block: $0.block, .experts([$0.expert]))] ?? 0 }, seed: seed)
    return (0..<count).map { _ in source.next() }
  }

  // MARK: - Kinds of choices

  private mutating func partDrops() -> [String] {
    (0..<Int.random(in: 1...2, using: &random)).map { _ in
      let part = ["moe", "attention", "block"].randomElement(using: &random) ?? "moe"
      return "drop \(part) \(block())"
    }
  }

  /// Up to half of the experts, of a few layers or of all, drawn by chance or those that add least.
  private mutating func expertDrops() -> [String] {
    let share = Double.random(in: 0.02...0.5, using: &random)
    let isByScore = chance(0.5)
    let layers =
      chance(0.5) ? spec.moeBlocks : Array(spec.moeBlocks.shuffled(using: &random).prefix(2))
    return layers.compactMap { block in
      let experts = isByScore ? order[block] : order[block].shuffled(using: &random)
      let dropped = experts.prefix(Int((share * Double(experts.count)).rounded()))
      guard !dropped.isEmpty else { return nil }
      return "drop experts " + dropped.map { "\(block).\($0)" }.joined(separator: ", ")
    }
  }

  private mutating func merges() -> [String] {
    spec.moeBlocks.shuffled(using: &random).prefix(3).map { block in
      let chosen = (0..<spec.blocks[block].expertCount).shuffled(using: &random).prefix(2)
      return "merge experts " + chosen.map { "\(block).\($0)" }.joined(separator: ", ")
    }
  }

  private mutating func neurons() -> [String] {
    let percents = [90, 80, 70, 60, 50, 40]
    guard chance(0.6) else {
      return ["neurons \(percents.randomElement(using: &random) ?? 50)% experts"]
    }
    return someBlocks().filter { spec.blocks[$0].moe != nil }.map {
      "neurons \(percents.randomElement(using: &random) ?? 50)% experts \($0).*"
    }
  }

  private mutating func zeros() -> [String] {
    let pattern = ["30%", "50%", "2:4"].randomElement(using: &random) ?? "50%"
    let method = ["magnitude", "wanda"].randomElement(using: &random) ?? "magnitude"
    return someBlocks().map { "sparsify \(pattern) experts \($0).* method \(method)" }
  }

  private mutating func bits() -> [String] {
    let method = chance(0.3) ? " method gptq" : ""
    func draw(_ choices: [Int]) -> Int { choices.randomElement(using: &random) ?? 4 }
    if chance(0.4) {
      return ["bits \(draw([2, 3, 4, 5, 6, 8])) experts\(method)"]
        + (chance(0.5) ? ["bits \(draw([3, 4, 6, 8])) attention"] : [])
    }
    return someBlocks().flatMap { block -> [String] in
      let kind =
        ["gate", "up", "down", "experts", "attention", "q", "k", "v", "o"]
        .randomElement(using: &random) ?? "experts"
      let isExpert = ["gate", "up", "down", "experts"].contains(kind)
      return ["bits \(draw([2, 3, 4, 5, 8])) \(kind) \(block)\(isExpert ? ".*" : "")\(method)"]
    }
  }

  // MARK: - Chance

  private mutating func chance(_ probability: Double) -> Bool {
    Double.random(in: 0..<1, using: &random) < probability
  }

  private mutating func block() -> Int { spec.blocks.indices.randomElement(using: &random) ?? 0 }

  private mutating func someBlocks() -> [Int] {
    let count = Int.random(in: 1...spec.blocks.count, using: &random)
    return Array(spec.blocks.indices.shuffled(using: &random).prefix(count))
  }
}
