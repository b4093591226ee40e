import Model

/// Looks for parts that a model can do without.
public struct TrimRequest: Codable, Hashable, Sendable {
  /// What is to go.
  public enum Goal: Codable, Hashable, Sendable {
    /// So many experts of every MoE layer, those whose going moves the layer's output least.
    case experts(perLayer: Int, DropSearch)
    /// So many blocks, MoE layers or attention halves, measured again after each.
    case parts(BlockPart, count: Int)
  }

  /// What is to go.
  public var goal: Goal
  /// Text files on the engine's machine; empty for the bundled calibration texts.
  public var data: [String]
  /// Calibration tokens, all domains together.
  public var tokens: Int
  /// Seed of the choice of windows.
  public var seed: UInt64

  /// Tokens of a search that weighs many sets of experts, or runs the model many times.
  public static let defaultTokens = 4096

  /// Asks for parts to drop.
  public init(
    _ goal: Goal, data: [String] = [], tokens: Int = defaultTokens, seed: UInt64 = 0
  ) {
    self.goal = goal
    self.data = data
    self.tokens = tokens
    self.seed = seed
  }
}

/// Looks for experts that can become one.
public struct MergeRequest: Codable, Hashable, Sendable {
  /// Experts that remain in every MoE layer.
  public var kept: Int
  /// How they are found.
  public var grouping: MergeGrouping
  /// Text files on the engine's machine; empty for the bundled calibration texts.
  public var data: [String]
  /// Calibration tokens, all domains together.
  public var tokens: Int
  /// Seed of the choice of windows.
  public var seed: UInt64

  /// Asks for experts to merge.
  public init(
    kept: Int, grouping: MergeGrouping, data: [String] = [],
    tokens: Int = TrimRequest.defaultTokens, seed: UInt64 = 0
  ) {
    self.kept = kept
    self.grouping = grouping
    self.data = data
    self.tokens = tokens
    self.seed = seed
  }
}
