import Model
import Numerics

/// The heuristics of "Examining Post-Training Quantization for MoE: A Benchmark" (arXiv 2406.08155)
/// for who gets more bits.
///
/// As there, attention always has the high bits, and everything else that is not favoured the low
/// ones.
extension Recipe {
  static let bitAllocation: [Recipe] = [
    allocation("attention-bits", "more bits for attention", []) { _ in [] },
    allocation("shared-bits", "more bits for shared experts", []) {
      input throws(RecipeError) in
      guard input.spec.blocks.contains(where: { $0.moe?.shared != nil }) else {
        throw .nothing("shared-bits", what: "shared experts")
      }
      return ["shared"]
    },
    allocation(
      "frequent-experts", "more bits for the experts chosen most often",
      [
        .count(2, of: "experts of each MoE layer"),
        Parameter(
          key: "scope", standard: "layer",
          explanation: "layer: so many of each; global: as many in all, wherever they are"),
      ], needsProfile: true
    ) { input throws(RecipeError) in try frequentExperts(input) },
    allocation(
      "first-blocks", "more bits for the first blocks", [.count(4, of: "blocks")]
    ) { input throws(RecipeError) in
      let count = try input.count(input.spec.blocks.count, "first-blocks", "blocks")
      return ["block 0..\(count - 1)"]
    },
    allocation(
      "last-blocks", "more bits for the last blocks", [.count(4, of: "blocks")]
    ) { input throws(RecipeError) in
      let blocks = input.spec.blocks.count
      let count = try input.count(blocks, "last-blocks", "blocks")
      return ["block \(blocks - count)..\(blocks - 1)"]
    },
    allocation("down-bits", "more bits for the experts' down projections", []) { _ in ["down"] },
    allocation("gate-up-bits", "more bits for the experts' gate and up projections", []) { _ in
      ["gate", "up"]
    },
    allocation(
      "block-score", "more bits for the blocks that change the residual stream most",
      [.count(4, of: "blocks")], needsProfile: true
    ) { input throws(RecipeError) in
      let count = try input.count(input.spec.blocks.count, "block-score", "blocks")
      let ranked = input.profile.blocks.sorted {
        ($0.blockImportance, $1.index) > ($1.blockImportance, $0.index)
      }
      return ["block \(list(ranked.prefix(count).map(\.index)))"]
    },
    allocation(
      "outlier-linears", "more bits for the linears with the largest outlier scores",
      [Parameter(key: "share", standard: "25%", explanation: "share of the experts' linears")],
      needsProfile: true
    ) { input throws(RecipeError) in
      let linears = input.expertLinears
      let scored = linears.map { ($0, input.profile.outlierScore(of: $0, in: input.spec) ?? 0) }
      let ranked = scored.enumerated().sorted {
        ($0.element.1, $1.offset) > ($1.element.1, $0.offset)
      }
      return try input.favoured(ranked.map(\.element.0), "outlier-linears")
    },
    allocation(
      "random-linears", "more bits for linears drawn at random",
      [
        Parameter(key: "share", standard: "25%", explanation: "share of the experts' linears"),
        .seed,
      ]
    ) { input throws(RecipeError) in
      var random = SeededGenerator(seed: try input.arguments.seed())
      return try input.favoured(
        input.expertLinears.shuffled(using: &random), "random-linears")
    },
    allocation(
      "random-blocks", "more bits for blocks drawn at random", [.count(4, of: "blocks"), .seed]
    ) { input throws(RecipeError) in
      var random = SeededGenerator(seed: try input.arguments.seed())
      let blocks = input.spec.blocks.count
      let count = try input.count(blocks, "random-blocks", "blocks")
      return ["block \(list((0..<blocks).shuffled(using: &random).prefix(count)))"]
    },
  ]

  /// A heuristic; `favoured` names what gets the high bits beside attention.
  private static func allocation(
    _ name: String, _ summary: String, _ parameters: [Parameter], needsProfile: Bool = false,
    favoured: @escaping @Sendable (RecipeInput) throws(RecipeError) -> [String]
  ) -> Recipe {
    Recipe(
      name: name, summary: summary,
      source: "Examining PTQ for MoE (arXiv 2406.08155)",
      parameters: parameters + [.high(), .low, .method], needsProfile: needsProfile
    ) { input throws(RecipeError) in
      let high = try input.arguments.bits("high")
      let low = try input.arguments.bits("low")
      let method = try input.arguments.method()
      let subjects = ["attention"] + (try favoured(input))
      return ["bits \(low) all\(method)"] + subjects.map { "bits \(high) \($0)\(method)" }
    }
  }

  private static func frequentExperts(_ input: RecipeInput) throws(RecipeError) -> [String] {
    let moeBlocks = input.profile.blocks.filter { !$0.experts.isEmpty }
    let most = moeBlocks.map(\.experts.count).min() ?? 0
    let count = try input.count(most, "frequent-experts", "experts of a layer")
    func ranked(_ experts: [(ExpertID, Double)]) -> [ExpertID] {
      experts.sorted { ($0.1, $1.0) > ($1.1, $0.0) }.map(\.0)
    }
    let loads = moeBlocks.map { block in
      block.experts.map { (ExpertID(block: block.index, expert: $0.index), $0.load) }
    }
    let scope: FrequencyScope = try input.arguments.choice("scope")
    let chosen =
      switch scope {
      case .layer: loads.flatMap { ranked($0).prefix(count) }
      case .global: Array(ranked(loads.flatMap(\.self)).prefix(count * moeBlocks.count))
      }
    return ["experts \(list(ExpertRange.compact(chosen)))"]
  }

  private static func list(_ items: some Sequence<some CustomStringConvertible>) -> String {
    items.map(\.description).joined(separator: ", ")
  }
}

/// Where the most frequent experts are looked for.
enum FrequencyScope: String, CaseIterable {
  case layer, global
}

extension RecipeInput {
  /// How many were asked for, at least one and at most `available`.
  func count(
    _ available: Int, _ recipe: String, _ what: String
  ) throws(RecipeError) -> Int {
    let count = try arguments.integer("count", 1...1_000_000)
    guard count <= available else {
      throw .tooMany(recipe, asked: count, available: available, what: what)
    }
    return count
  }

  /// The linears of all routed experts.
  fileprivate var expertLinears: [LinearID] {
    spec.experts.flatMap { id in FeedForwardLinear.allCases.map { .expert(id, $0) } }
  }

  /// The first of some linears, as many as the share asks for.
  fileprivate func favoured(
    _ ranked: [LinearID], _ recipe: String
  ) throws(RecipeError) -> [String] {
    let count = Int((try arguments.share("share") * Double(ranked.count)).rounded())
    guard count > 0 else { throw .nothing(recipe, what: "linears in so small a share") }
    let chosen = ranked.prefix(count).map(\.description).sorted()
    return ["linear \(chosen.joined(separator: ", "))"]
  }
}
