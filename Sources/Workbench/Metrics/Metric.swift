import Model

/// A score that the expert map can show.
enum Metric: String, CaseIterable, Sendable {
  case load, mass, meanWeight, reap, ean, outlier, weightNorm, tokens, moeImportance,
    blockImportance

  /// Its name on screen.
  var title: String {
    switch self {
    case .load: "router load"
    case .mass: "router mass"
    case .meanWeight: "mean weight"
    case .reap: "REAP"
    case .ean: "EAN"
    case .outlier: "outlier score"
    case .weightNorm: "weight norm"
    case .tokens: "tokens seen"
    case .moeImportance: "MoE importance"
    case .blockImportance: "block importance"
    }
  }

  /// What it is, for a newcomer.
  var explanation: String {
    switch self {
    case .load: "share of the tokens, 1× = even share"
    case .mass: "router probability, 1× = even share"
    case .meanWeight: "mixing weight where it is chosen"
    case .reap: "weight × output: what a drop takes away"
    case .ean: "size of its output where it is chosen"
    case .outlier: "weight outliers: high needs more bits"
    case .weightNorm: "size of its weights (Frobenius norm)"
    case .tokens: "evidence behind its scores"
    case .moeImportance: "how far the MoE layer turns its input"
    case .blockImportance: "how far the block turns its input"
    }
  }

  /// Unit behind a number, with its leading blank; empty where there is none.
  var unit: String {
    switch self {
    case .load, .mass: "× uniform"
    case .tokens: " tokens"
    default: ""
    }
  }

  /// The scale that tells most: loads and masses are heavy-tailed.
  var usualScale: HeatScale {
    switch self {
    case .moeImportance, .blockImportance: .linear
    default: .rank
    }
  }

  /// Whether it says nothing about single experts.
  var isPerBlock: Bool { self == .moeImportance || self == .blockImportance }

  /// The score of an expert; `uniform` is `1 / experts of the block`.
  func value(_ expert: ExpertProfile, in block: BlockProfile, uniform: Double) -> Double {
    switch self {
    case .load: expert.load / uniform
    case .mass: expert.mass / uniform
    case .meanWeight: expert.meanWeight
    case .reap: expert.reap
    case .ean: expert.ean
    case .outlier: expert.outlier
    case .weightNorm: expert.weightNorm
    case .tokens: Double(expert.tokens)
    case .moeImportance: block.moeImportance
    case .blockImportance: block.blockImportance
    }
  }

  /// A value as text, without unit.
  func text(_ value: Double) -> String {
    switch self {
    case .load, .mass: Figure.fixed(value, value < 9.995 ? 2 : 1)
    case .tokens: Figure.count(value)
    default: Figure.significant(value)
    }
  }
}

/// How values become shades.
enum HeatScale: String, CaseIterable, Sendable {
  case rank, linear, log
}
