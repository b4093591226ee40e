import EngineProtocol
import Model
import Numerics

/// Expert Trimming: experts, MoE layers, attention halves and blocks go.
extension Recipe {
  static let trimming: [Recipe] = [
    expertDrop(
      "expert-drop", score: "mass", ratio: "25%", scope: .layerwise,
      summary: "drop the experts with the lowest score",
      source: "Demystifying the Compression of MoE (arXiv 2406.02500)"),
    expertDrop(
      "reap", score: "reap", ratio: "25%", scope: .layerwise,
      summary: "drop the experts that add least to their layer's output",
      source: "REAP (arXiv 2510.13999)"),
    randomExperts, reconstruction,
    partDrop(
      "layer-drop", .moe, count: 1,
      summary: "drop the least important MoE layers, quantise the rest",
      source: "Demystifying the Compression of MoE (arXiv 2406.02500)"),
    partDrop(
      "block-drop", .block, count: 1, summary: "drop the least important blocks, quantise the rest",
      source: "Demystifying the Compression of MoE (arXiv 2406.02500)"),
    partDrop(
      "attention-drop", .attention, count: 1,
      summary: "drop the least important attention halves, quantise the rest",
      source: "EvoPress (arXiv 2410.14649)"),
  ]

  private static func expertDrop(
    _ name: String, score: String, ratio: String, scope: ExpertTrim.Scope, summary: String,
    source: String
  ) -> Recipe {
    Recipe(
      name: name, summary: summary, source: source,
      parameters: [
        Parameter(
          key: "score", standard: score,
          explanation: ExpertScore.measured.map(\.description).joined(separator: ", ")),
        Parameter(key: "ratio", standard: ratio, explanation: "share of the experts"),
        Parameter(
          key: "scope", standard: scope.rawValue,
          explanation: "layerwise: as many of each layer; global: the lowest of all layers"),
      ], needsProfile: true
    ) { input throws(RecipeError) in
      guard let score = ExpertScore(input.arguments.text("score")) else {
        throw .value(
          input.arguments.text("score"), key: "score",
          expected: "one of " + ExpertScore.measured.map(\.description).joined(separator: ", "))
      }
      return try dropped(name, score, input)
    }
  }

  private static let randomExperts = Recipe(
    name: "random-experts", summary: "drop experts drawn at random", source: "baseline",
    parameters: [
      Parameter(key: "ratio", standard: "25%", explanation: "share of the experts"),
      Parameter(
        key: "scope", standard: "layerwise",
        explanation: "layerwise: as many of each layer; global: of all layers together"),
      .seed,
    ], needsProfile: true
  ) { input throws(RecipeError) in
    try dropped("random-experts", .random(seed: try input.arguments.seed()), input)
  }

  private static func dropped(
    _ name: String, _ score: ExpertScore, _ input: RecipeInput
  ) throws(RecipeError) -> [String] {
    let scope: ExpertTrim.Scope = try input.arguments.choice("scope")
    let ratio = try input.arguments.share("ratio")
    let trim = ExpertTrim(by: score, scope, .ratio(ratio), normalized: scope == .global)
    do throws(TrimError) {
      let steps = try trim.steps(input.profile, of: input.spec)
      return Edit.dropping(steps).map(\.description)
    } catch { throw .trim(name, error) }
  }

  private static func partDrop(
    _ name: String, _ part: BlockPart, count: Int, summary: String, source: String
  ) -> Recipe {
    let order = Parameter(
      key: "order", standard: PartOrder.oneShot.rawValue,
      explanation: "one-shot: the lowest importances; iterative: measured again after each;"
        + " window: consecutive blocks; random")
    return Recipe(
      name: name, summary: summary, source: source,
      parameters: [
        .count(count, of: "of them"), order,
        Parameter(key: "bits", standard: "4", explanation: "bits of the rest; 16 leaves it"),
        Parameter(key: "method", standard: "awq", explanation: "rtn, hqq, gptq or awq"), .seed,
      ],
      need: { _, arguments throws(RecipeError) in
        let count = try arguments.integer("count", 1...1_000_000)
        let order: PartOrder = try arguments.choice("order")
        return order == .iterative
          ? .trim(TrimRequest(.parts(part, count: count), seed: try arguments.seed())) : .profile
      },
      edits: { input throws(RecipeError) in
        let bits = try input.arguments.bits("bits")
        let method = try input.arguments.method()
        let drops = Edit.dropping(try steps(name, part, input)).map(\.description)
        return drops + (bits == PrecisionRequest.stored ? [] : ["bits \(bits) all\(method)"])
      })
  }

  private static func steps(
    _ name: String, _ part: BlockPart, _ input: RecipeInput
  ) throws(RecipeError) -> [TrimStep] {
    if case .trim(let proposal) = input.findings { return proposal.steps }
    let count = try input.arguments.integer("count", 1...1_000_000)
    let order: PartOrder = try input.arguments.choice("order")
    return try order.steps(name, part, count, input)
  }

  private static let reconstruction = Recipe(
    name: "reconstruction",
    summary: "drop the experts whose going moves their layer's output least",
    source: "Not All Experts are Equal (arXiv 2402.14800)",
    parameters: [
      .count(1, of: "experts of each layer"),
      Parameter(
        key: "search", standard: "automatic",
        explanation: "automatic, exhaustive, greedy, or the width of a beam such as 4"),
      .seed,
    ],
    need: { _, arguments throws(RecipeError) in
      let count = try arguments.integer("count", 1...1_000_000)
      let search: DropSearch
      switch arguments.text("search") {
      case "automatic": search = .automatic
      case "exhaustive": search = .exhaustive
      case "greedy": search = .greedy
      default: search = .beam(width: try arguments.integer("search", 1...64))
      }
      return .trim(
        TrimRequest(.experts(perLayer: count, search), seed: try arguments.seed()))
    },
    edits: { input throws(RecipeError) in
      guard case .trim(let proposal) = input.findings else { return [] }
      return Edit.dropping(proposal.steps).map(\.description)
    })
}

/// How parts of blocks are chosen.
private enum PartOrder: String, CaseIterable {
  case oneShot = "one-shot"
  case iterative, window, random

  func steps(
    _ recipe: String, _ part: BlockPart, _ count: Int, _ input: RecipeInput
  ) throws(RecipeError) -> [TrimStep] {
    let seed = try input.arguments.seed()
    guard self != .window || part == .block else {
      throw .value(
        rawValue, key: "order",
        expected: "one-shot, iterative or random: a window is one of whole blocks")
    }
    do throws(TrimError) {
      switch self {
      case .oneShot, .iterative:
        return try input.profile.leastImportant(part, count: count, of: input.spec)
      case .window:
        return try input.profile.leastImportantWindow(count: count, of: input.spec)
      case .random:
        var random = SeededGenerator(seed: seed)
        let candidates = try part.candidates(
          for: count, in: input.spec, after: Choices(input.spec))
        return candidates.shuffled(using: &random).prefix(count).map {
          TrimStep(part.unit($0), score: 0, tokens: 0)
        }
      }
    } catch { throw .trim(recipe, error) }
  }
}
