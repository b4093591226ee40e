import Model

extension Recipe {
  /// The same bits everywhere: what every other allocation is compared with.
  static let uniform = Recipe(
    name: "uniform", summary: "the same bits for all linears", source: "baseline",
    parameters: [
      Parameter(key: "bits", standard: "4", explanation: "bits"), .method,
    ],
    needsProfile: false
  ) { input throws(RecipeError) in
    ["bits \(try input.arguments.bits("bits")) all\(try input.arguments.method())"]
  }

  /// Phi-3.5-MoE to Phi-mini-MoE: 960 of 6,400 neurons in every expert.
  static let phiMini = slimming(
    name: "phi-mini", kept: 960.0 / 6400, summary: "15 % of every expert's neurons")

  /// Phi-3.5-MoE to Phi-tiny-MoE: 448 of 6,400 neurons in every expert.
  static let phiTiny = slimming(
    name: "phi-tiny", kept: 448.0 / 6400, summary: "7 % of every expert's neurons")

  private static func slimming(name: String, kept: Double, summary: String) -> Recipe {
    Recipe(
      name: name, summary: summary + ", down refitted",
      source: "SlimMoE (arXiv 2506.18349); its heads, and its distillation, are not part of it",
      parameters: [], needsProfile: false
    ) { input throws(RecipeError) in
      guard !input.spec.moeBlocks.isEmpty else { throw .nothing(name, what: "experts") }
      return ["neurons \(100 * kept)% experts refit"]
    }
  }
}
